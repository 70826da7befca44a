import { comment, definitionWord } from '../../templates/quoting.js';
import { fill } from '../../templates/templates.js';
import type { Format } from '../format.js';
import { installer } from '../installer.js';
import { lacksOf, pathText, provisionFiles } from '../rendering.js';

/** https://apptainer.org/docs/user/latest/definition_files.html */
export const singularity: Format = {
  base: 'docker',
  async render(environment, templates) {
    const { name, about, from, command, cwd } = environment;
    const lacks = lacksOf(environment);
    const variables = Object.entries(environment.environment).filter(([variable]) => /^[A-Za-z_]\w*$/.test(variable));
    const text = fill(await templates.read('render/singularity.def'), {
      about: comment([...about, ...lacks]).replaceAll('{{', '{ {'),
      name,
      from,
      environment: variables.map(([variable, value]) => `export ${variable}=${definitionWord(value)}`).join('\n'),
      folder: definitionWord(pathText(cwd)),
      command: command.map(definitionWord).join(' '),
    });
    const files = [...provisionFiles(environment), ...(await installer(environment, templates))];
    return { files: [{ name: 'environment.def', content: text }, ...files], lacks };
  },
};
