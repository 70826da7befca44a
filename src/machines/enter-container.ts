import { usualPath } from '../exec.js';
import { showMode } from '../model/file-entry.js';
import { pathToBytes, rootPath } from '../model/file-path.js';
import { asUser } from './as-user.js';
import { afterVariables, numbered, type Prepared } from './exact-environment.js';
import type { SpawnOptions } from './machine.js';

/**
 * What an engine is to run in a container as root: it notes the process's own number in a file there, sets what engines
 * cannot set, and becomes the command, with its variables and no others. Until it has become that, these are among its
 * arguments.
 */
export function enterContainer(
  argv: readonly string[],
  { cwd = rootPath, environment = { PATH: usualPath }, user, umask = 0o022 }: SpawnOptions,
  pidFile: string,
): Prepared {
  const carried = numbered(environment);
  const variables = Object.keys(carried)
    .map((name) => `"$${name}"`)
    .join(' ');
  const script = `
printf %s "$$" >"$1" && umask "$2" && cd -- "$3" || exit 125
shift 3
set -- env -i -- ${variables} "$@"
${asUser(user)}`;
  const place = pathToBytes(cwd).toString('utf8');
  const mask = showMode(umask);
  return {
    argv: ['sh', '-c', script, 'sh', pidFile, mask, place, ...afterVariables(argv)],
    environment: carried,
  };
}
