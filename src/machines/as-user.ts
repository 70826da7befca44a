import type { SpawnOptions } from './machine.js';

/**
 * What runs a program as a user, begun as root in a container: engines read groups from the container's own files only,
 * setpriv (util-linux) sets them as asked. It is not asked for root, which we are: BusyBox has one that sets no user.
 * Numbers only, as it becomes part of a script.
 */
export function asUser(user: SpawnOptions['user']): string[] {
  if (!user) return [];
  const { uid, gid, groups = [] } = user;
  if ([uid, gid, ...groups].every((id) => id === 0)) return [];
  const extra = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups'];
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), ...extra, '--'];
}
