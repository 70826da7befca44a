import { comment, rubyString } from '../../templates/quoting.js';
import { fill } from '../../templates/templates.js';
import type { Format } from '../format.js';
import { installer } from '../installer.js';
import { lacksOf, provisionFiles } from '../rendering.js';

/** https://developer.hashicorp.com/vagrant/docs/vagrantfile */
export const vagrantfile: Format = {
  base: 'vagrant',
  async render(environment, templates) {
    const { about, from } = environment;
    const lacks = lacksOf(environment);
    const values = { about: comment([...about, ...lacks]), from: rubyString(from) };
    const content = fill(await templates.read('render/Vagrantfile'), values);
    const files = [...provisionFiles(environment), ...(await installer(environment, templates))];
    return { files: [{ name: 'Vagrantfile', content }, ...files], lacks };
  },
};
