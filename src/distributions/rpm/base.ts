import { baseFolders } from '../../packaging/base-folders.js';
import type { Base, BaseSystem } from '../../packaging/base-system.js';
import { readOsRelease } from '../../packaging/os-release.js';
import type { OpenContext } from '../../packaging/reader.js';
import { readUsrLayout } from '../../packaging/usr-layout.js';
import { bootstrapRpm } from './bootstrap.js';
import { checkRpm } from './check.js';
import { readDatabase, rpmDatabases } from './database.js';
import { installLiveRpm } from './install.js';
import { databaseFolders, formats } from './places.js';
import { planBootstrap } from './plan.js';
import { rpmReadiness } from './readiness.js';
import { architectureSchema, type RpmLock, type RpmManifest } from './schema.js';
import { uninstallRpm } from './uninstall.js';

/** An rpm system as the base of a machine. */
export const rpmBase: BaseSystem<RpmManifest, RpmLock> = {
  files: rpmDatabases,
  describe,
  architectureSchema,
  // What the package filesystem has (Fedora and its kin, openSUSE).
  folders: baseFolders({
    '/': 'boot lib64',
    '/usr': 'games include lib64 libexec src',
    '/usr/local': 'etc games include lib64 libexec sbin src',
    '/var': 'adm db empty ftp games lock mail nis preserve yp',
  }),
  systems: ['fedora', 'centos', 'rhel', 'rocky', 'almalinux', 'ol', 'amzn', 'opensuse-leap', 'opensuse-tumbleweed'],
  architectureOf: (machine) => machine,
  release: (name, system) => ({ release: system === 'rpm' ? name : `${system} ${name}` }),
  libc: () => 'glibc',
  compilers: (release) => ({
    c: ['gcc', 'gcc-c++'],
    fortran: [/^opensuse/.test(release) ? 'gcc-fortran' : 'gcc-gfortran'],
    rust: ['cargo'],
    python: ['python3-devel'],
  }),
  bare: { name: 'rpm', packages: [] },
  plan: planBootstrap,
  readiness: rpmReadiness,
  build: bootstrapRpm,
  installLive: installLiveRpm,
  isRecord: (path) =>
    databaseFolders.some((folder) => Object.values(formats).some((file) => path === `${folder}/${file}`)),
  uninstall: uninstallRpm,
  check: checkRpm,
};

/** What the machine's os-release and rpm database say of the base system. */
async function describe({ machine, databases }: OpenContext): Promise<Base | undefined> {
  const database = await readDatabase(databases);
  if (!database) return undefined;
  const { ID, VERSION_ID, VERSION_CODENAME } = readOsRelease(databases);
  return {
    distribution: 'rpm',
    release: [ID, VERSION_ID].filter(Boolean).join(' ') || 'unknown',
    ...(VERSION_CODENAME ? { codename: VERSION_CODENAME } : {}),
    architecture: database.architecture,
    layout: (await readUsrLayout(machine)).name,
  };
}
