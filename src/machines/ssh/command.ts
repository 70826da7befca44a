import { minimalEnvironment } from '../../exec.js';
import { showMode } from '../../model/file-entry.js';
import { pathToBytes } from '../../model/file-path.js';
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
  const isRoot = user && [user.uid, user.gid, ...(user.groups ?? [])].every((id) => id === 0);
  // A shell would add variables of its own to those that are given.
  const start = isRoot ? [...asRoot(), ...clean] : [...clean, ...as(user)];
  const words = ['/bin/sh', '-c', startScript, number, mask, folder, ...start, ...argv];
  return `exec ${words.map(quoted).join(' ')}`;
}

function as(user: SpawnOptions['user']): string[] {
  if (!user) return [];
  const { uid, gid, groups = [] } = user;
  const asGroups = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups'];
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), ...asGroups, '--'];
}

/** Begins the program as root. The setpriv of BusyBox sets no user: where the login is root's it is not asked for. */
function asRoot(): string[] {
  const words = as({ uid: 0, gid: 0 }).join(' ');
  return ['/bin/sh', '-c', `[ "$(id -u)" = 0 ] && exec "$@"; exec ${words} "$@"`, 'sh'];
}

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
