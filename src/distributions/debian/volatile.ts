import type { VolatileRule } from '../../filesystem/volatile.js';

/** What dpkg, apt, debconf and maintainer scripts write anew on every machine. */
export const debianVolatile: readonly VolatileRule[] = [
  {
    name: 'package-database',
    paths: [
      '/var/lib/dpkg/{status,available,diversions,statoverride}{,-old}',
      '/var/lib/dpkg/{lock,lock-frontend,cmethopt}',
      '/var/lib/dpkg/triggers/{File,Unincorp,Lock}',
      '/var/lib/dpkg/alternatives/*',
      '/var/lib/dpkg/info/*.list',
      '/var/lib/apt/{extended_states,listchanges.db,daily_lock}',
      '/var/lib/apt/lists/**',
      '/var/cache/apt/{pkgcache,srcpkgcache}.bin',
      '/var/cache/apt/archives/**',
      '/var/cache/debconf/*.dat{,-old}',
    ],
    compare: 'anything',
    reason: 'it lists all packages of the machine; the rebuilt system has those of the closure only',
  },
  {
    name: 'snakeoil-certificate',
    paths: ['/etc/ssl/certs/ssl-cert-snakeoil.pem'],
    compare: 'presence',
    reason: 'every machine makes its own, for a private key that never leaves it',
  },
];
