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

function as({ uid, gid, groups }: RenderedEnvironment['user']): string[] {
  const own = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return uid === 0 ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, ...own, '--'];
}

function clean(environment: RenderedEnvironment['environment']): string[] {
  return ['env', '-i', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
}
