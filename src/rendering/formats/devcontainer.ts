import type { Format } from '../format.js';
import { dockerfile } from './dockerfile.js';

/** https://containers.dev/implementors/json_reference/: a Dockerfile, for editors. */
export const devcontainer: Format = {
  base: 'docker',
  async render(environment, templates) {
    const { files, lacks } = await dockerfile.render(environment, templates);
    const settings = {
      name: environment.name.replaceAll('${', '$ {'),
      build: { dockerfile: 'Dockerfile' },
      // Files of the environment belong to the ids that they had.
      updateRemoteUserUID: false,
    };
    const content = `${JSON.stringify(settings, undefined, 2)}\n`;
    return { files: [{ name: 'devcontainer.json', content }, ...files], lacks };
  },
};
