import type { VolatileRule } from '../../filesystem/volatile.js';

/** What rpm, dnf and package scripts write anew on every machine. */
export const rpmVolatile: readonly VolatileRule[] = [
  {
    name: 'rpm-database',
    paths: [
      '/{var/lib,usr/lib/sysimage,usr/share}/rpm/**',
      '/usr/lib/sysimage/libdnf5/**',
      '/var/lib/dnf/**',
      '/var/cache/dnf/**',
    ],
    compare: 'anything',
    reason: 'it lists all packages of the machine; the rebuilt system has those of the closure only',
  },
];
