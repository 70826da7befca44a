/**
 * The argument list that runs what follows where no namespace of users can be made: it has one itself, with all ids as
 * they are, whose own limit is none. Nobody else's limits change. Only root may run it. A shell that is not told to keep
 * its user sets itself to who it is, and that may be nobody yet when it asks, and somebody when it sets it.
 */
export const withoutNamespaces: readonly string[] = [
  ...['sh', '-ec'],
  `
outer=$(readlink /proc/$$/ns/user)
(
  exec </dev/null >/dev/null 2>&1
  while [ "$(readlink /proc/$$/ns/user)" = "$outer" ]; do sleep 0.01; done
  echo '0 0 4294967295' > /proc/$$/gid_map
  echo '0 0 4294967295' > /proc/$$/uid_map
) &
exec unshare --user --keep-caps -- sh -p -ec '
  until read -r mapped < /proc/self/uid_map; do sleep 0.01; done
  until echo 0 2>/dev/null > /proc/sys/user/max_user_namespaces; do sleep 0.01; done
  exec setpriv --inh-caps=-all -- "$@"' sh "$@"`,
  'sh',
];
