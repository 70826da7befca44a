import { minimalEnvironment } from '../../exec.js';
import { showMode } from '../../model/file-entry.js';
import { pathToBytes } from '../../model/file-path.js';
import { asUser } from '../as-user.js';
import { afterVariables } from '../exact-environment.js';
import type { SpawnOptions } from '../machine.js';

/**
 * One text for the user's shell at the other end, which ssh makes of whatever it is given: every word quoted. `number`
 * is the file that the program's number is written to, while it runs.
 */
export function remoteCommand(argv: readonly string[], options: SpawnOptions, number: string): string {
  const { cwd, environment = minimalEnvironment, user, umask } = options;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const mask = umask === undefined ? '' : showMode(umask);
  const folder = cwd === undefined ? '' : pathToBytes(cwd).toString('utf8');
  const clean = ['env', '-i', ...variables];
  // Behind what becomes the user: a shell would add variables of its own to those that are given.
  const words = ['/bin/sh', '-c', startScript, number, mask, folder, ...as(user), ...clean, ...afterVariables(argv)];
  return `exec ${words.map(quoted).join(' ')}`;
}

/** Where the login is root's, nothing has to be there that makes a program root. */
function as(user: SpawnOptions['user']): string[] {
  if (!user) return [];
  const isRoot = [user.uid, user.gid, ...(user.groups ?? [])].every((id) => id === 0);
  return ['/bin/sh', '-c', isRoot ? asRoot : asUser(user), 'sh'];
}

const asRoot = '[ "$(id -u)" = 0 ] && exec "$@"; exec setpriv --reuid 0 --regid 0 --clear-groups -- "$@"';

/**
 * Runs a program and waits for it, since sshd tells no client which signal ended one: its shell gives the code that
 * shells give. Signals for the group are the program's; it is no matter of the shell what it says of them. One line, for
 * whatever shell the user has.
 */
const startScript = [
  '[ -z "$1" ] || umask "$1"',
  '[ -z "$2" ] || cd -- "$2" || exit',
  'shift 2',
  'exec 3>&2 2>/dev/null',
  'echo $$ >"$0"',
  'trap : HUP INT QUIT ALRM TERM USR1 USR2',
  '(exec "$@" 2>&3 3>&-)',
  'code=$?',
  'echo >"$0"',
  'exit $code',
].join('; ');

/** As POSIX has it: between single quotes everything is itself. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
