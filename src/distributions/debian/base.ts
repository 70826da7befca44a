import type { FilePath } from '../../model/file-path.js';
import { baseFolders } from '../../packaging/base-folders.js';
import type { Base, BaseSystem } from '../../packaging/base-system.js';
import { readOsRelease } from '../../packaging/os-release.js';
import type { OpenContext } from '../../packaging/reader.js';
import { readUsrLayout } from '../../packaging/usr-layout.js';
import { bootstrapDebian } from './bootstrap.js';
import { checkDebian } from './check.js';
import { debianBaseFiles, readDatabase } from './database.js';
import { installDebian } from './install.js';
import { planBootstrap } from './plan.js';
import { debianReadiness } from './readiness.js';
import { contradictionIn, releaseNamed, releaseOf } from './releases.js';
import { remakeDebian } from './remake.js';
import { architectureSchema, type DebianLock, type DebianManifest } from './schema.js';
import { uninstallDebian } from './uninstall.js';

/** By what the kernel calls them: dpkg(1), /usr/share/dpkg/cputable. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'armhf',
  i686: 'i386',
  ppc64le: 'ppc64el',
};

/** Debian as the base of a machine. */
export const debianBase: BaseSystem<DebianManifest, DebianLock> = {
  files: debianBaseFiles,
  describe,
  architectureSchema,
  contradictionIn,
  systems: ['debian', 'ubuntu'],
  architectureOf: (machine) => architectures[machine] ?? machine,
  release: releaseNamed,
  libc: () => 'glibc',
  compilers: () => ({ c: ['build-essential'], fortran: ['gfortran'], rust: ['cargo'], python: ['python3-dev'] }),
  // What the package base-files makes, and merged /usr.
  folders: baseFolders({
    '/': 'boot lib32 lib64 libx32',
    '/usr': 'games include lib32 lib64 libexec libx32 src',
    '/usr/local': 'etc games include man sbin src',
    '/var': 'backups lock mail',
  }),
  bare: { name: 'debian', packages: [] },
  plan: planBootstrap,
  readiness: debianReadiness,
  build: bootstrapDebian,
  remake: remakeDebian,
  install: (packages, context) => installDebian(packages, context),
  installLive: (packages, context) => installDebian(packages, context, true),
  uninstall: uninstallDebian,
  check: checkDebian,
};

/** What the machine's os-release and dpkg database say of the base system. */
async function describe({ machine, databases }: OpenContext): Promise<Base | undefined> {
  const database = readDatabase(databases);
  if (!database) return undefined;
  const release = readOsRelease(databases);
  const codename = release['VERSION_CODENAME'] ?? codenameOf(databases.get('/etc/debian_version' as FilePath));
  return {
    distribution: 'debian',
    release: releaseOf(release) ?? codename ?? 'unknown',
    ...(codename ? { codename } : {}),
    architecture: database.architecture,
    layout: (await readUsrLayout(machine)).name,
  };
}

/** Before a release `/etc/debian_version` says `trixie/sid`; afterwards a number. */
function codenameOf(content: Buffer | undefined): string | undefined {
  return /^([a-z]+)(?:\/sid)?$/.exec(content?.toString('latin1').trim() ?? '')?.[1];
}
