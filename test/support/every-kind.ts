import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { directoryMachine } from '../../src/machines/directory.js';
import { writersIn } from '../capture/fixture-root.js';
import { installations } from '../distributions/installations.js';
import type { Root } from './roots.js';

/** What is the base of a machine is there already; Subversion's folders would be those of git. */
const others = ['debian', 'rpm', 'apk', 'svn'];

/** Puts a small installation of every kind on a Debian system, and gives a command that reads a file of each package. */
export async function installEveryKind({
  path: folder,
}: Root): Promise<{ readonly kinds: readonly string[]; readonly command: readonly string[] }> {
  await using machine = await directoryMachine(folder);
  const { file, link } = writersIn(folder);
  const own = {
    ...{ folder, machine, link },
    // What the system has, such as its Python, stays.
    file: async (...what: Parameters<typeof file>) => {
      if (!existsSync(join(folder, what[0]))) await file(...what);
    },
    async [Symbol.asyncDispose]() {},
  };
  const kinds = Object.keys(installations).filter((name) => !others.includes(name)) as (keyof typeof installations)[];
  const files: string[] = [];
  const variables: string[] = [];
  for (const kind of kinds) {
    const { used, environment = {} } = await installations[kind].make(own);
    files.push(...used);
    variables.push(...Object.entries(environment).map(([name, value]) => `${name}=${value}`));
  }
  return { kinds, command: ['env', ...variables, 'sh', '-c', 'cat "$@" > /dev/null', 'sh', ...files] };
}
