import { comment, shellCommand, shellWord } from '../templates/quoting.js';
import { fill, type Templates } from '../templates/templates.js';
import { pathText, provisionFolder, type RenderedEnvironment, type RenderedFile } from './rendering.js';

/** For tools that run one script: all stages in order, and beside it what runs the command then. */
export async function installer(
  { about, stages, environment, cwd, user, command }: RenderedEnvironment,
  templates: Templates,
): Promise<RenderedFile[]> {
  const all = {
    about: comment(about),
    stages: stages.map(({ name }) => `echo ${name}\nsh ${name}/install.sh`).join('\n'),
  };
  const run = {
    folder: shellWord(pathText(cwd)),
    command: shellCommand([...as(user), ...clean(environment), ...command]),
  };
  return [
    { name: `${provisionFolder}/install.sh`, content: fill(await templates.read('provision/all.sh'), all) },
    { name: `${provisionFolder}/run.sh`, content: fill(await templates.read('provision/run.sh'), run) },
  ];
}

/** A function of the shell where it is to be another user. */
function as({ uid, gid, groups }: RenderedEnvironment['user']): string[] {
  return uid === 0 ? ['exec'] : ['as_user', `${uid}`, `${gid}`, groups.join(',')];
}

function clean(environment: RenderedEnvironment['environment']): string[] {
  return ['env', '-i', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
}
