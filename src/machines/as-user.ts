import type { SpawnOptions } from './machine.js';

/**
 * POSIX shell text by which root becomes the command in its arguments, run as a user: engines read groups from the
 * container's own files only, setpriv (util-linux) sets them as asked. That of BusyBox sets no user, its nsenter sets no
 * groups, and its su those that passwd and group say of a name. Numbers only, as it becomes part of a script; one line, as
 * the shell of a login may take no other.
 */
export function asUser(user: SpawnOptions['user']): string {
  if (!user) return asItIs;
  const { uid, gid, groups = [] } = user;
  const all = [...new Set([gid, ...groups])].sort((a, b) => a - b);
  if (uid === 0 && all.every((id) => id === 0)) return asItIs;
  const setGroups = groups.length > 0 ? `--groups ${groups.join(',')}` : '--clear-groups';
  const hasNsenter = all.length > 1 ? 'false' : 'busybox nsenter --help 2>&1 | grep -q -e "-S UID"';
  const account = [
    'while IFS=: read -r name _ uid gid _',
    `do [ "$uid:$gid" = ${uid}:${gid} ] || continue`,
    String.raw`[ "$(id -G -- "$name" | tr ' ' '\n' | sort -n -u | tr '\n' ' ')" = '${all.join(' ')} ' ] || continue`,
    'printf %s "$name"',
    'break',
    'done </etc/passwd',
  ];
  return [
    `case $(setpriv --help 2>&1) in *--reuid*) exec setpriv --reuid ${uid} --regid ${gid} ${setGroups} -- "$@" ;; esac`,
    `if ${hasNsenter}`,
    `then exec busybox nsenter -S ${uid} -G ${gid} -- "$@"`,
    'fi',
    `account() { ${account.join('; ')}; }`,
    'set -- "$(account)" "$@"',
    'if [ -n "$1" ]',
    'then exec busybox su -m -s /usr/bin/env -- "$@"',
    'fi',
    `echo 'no account has the uid ${uid} and just the groups ${all.join(' ')}: add the setpriv of util-linux' >&2`,
    'exit 125',
  ].join('; ');
}

const asItIs = 'exec "$@"';
