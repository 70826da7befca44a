import { ReproError } from '../../errors.js';
import type { FileView, Machine } from '../../machines/machine.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import { baseFolders } from '../../packaging/base-folders.js';
import type { Base, BaseSystem } from '../../packaging/base-system.js';
import { readOsRelease } from '../../packaging/os-release.js';
import type { OpenContext } from '../../packaging/reader.js';
import { readUsrLayout } from '../../packaging/usr-layout.js';
import { bootstrapApk } from './bootstrap.js';
import { type ApkPackage, apkDatabases, parsePackages, readDatabase } from './database.js';
import { apkDetailsSchema } from './details.js';
import { installLiveApk } from './install.js';
import { planBootstrap } from './plan.js';
import { type ApkLock, type ApkManifest, architectureSchema } from './schema.js';
import { uninstallApk } from './uninstall.js';

/** By what the kernel calls them. */
const architectures: Readonly<Record<string, string>> = { armv7l: 'armv7', i686: 'x86' };

/** An apk system as the base of a machine. */
export const apkBase: BaseSystem<ApkManifest, ApkLock> = {
  files: apkDatabases,
  describe,
  architectureSchema,
  // What the package alpine-baselayout has.
  folders: baseFolders({ '/var': 'empty lock mail' }),
  systems: ['alpine', 'wolfi'],
  architectureOf: (machine) => architectures[machine] ?? machine,
  release: (name, system) => ({ release: system === 'apk' ? name : `${system} ${name}`, layout: 'split-usr' }),
  libc: (release) => (release.startsWith('wolfi') ? 'glibc' : 'musl'),
  compilers: () => ({ c: ['build-base'], fortran: ['gfortran'], rust: ['cargo'], python: ['python3-dev'] }),
  bare: { name: 'apk', packages: [] },
  plan: planBootstrap,
  readiness: async () => ({ ready: true }),
  build: bootstrapApk,
  installLive: installLiveApk,
  isRecord: (path) => /^\/(?:(?:usr\/)?lib\/apk\/db\/|etc\/apk\/(?:world|arch)$)/.test(path),
  uninstall: uninstallApk,
  check,
};

async function describe({ machine, databases }: OpenContext): Promise<Base | undefined> {
  const database = readDatabase(databases);
  if (!database) return undefined;
  const { ID, VERSION_ID } = readOsRelease(databases);
  return {
    distribution: 'apk',
    release: [ID, VERSION_ID].filter(Boolean).join(' ') || 'unknown',
    architecture: database.architecture,
    layout: (await readUsrLayout(machine)).name,
  };
}

/**
 * What differs between the packages that the plan wants and those that are there; empty when equal. The database alone
 * would say no more than what was written into it: of each package some file must be there too.
 */
async function check(plan: BootstrapPlan, { files, label }: Machine): Promise<readonly string[]> {
  const { folder } = apkDetailsSchema.parse(plan.details);
  const text = await files.read(pathFromText(`${folder}/installed`)).catch((cause: unknown) => {
    throw new ReproError('step-failed', `apk's database on ${label} cannot be read.`, { cause });
  });
  const nameOf = ({ name, version }: { readonly name: string; readonly version: string }) => `${name}-${version}`;
  const packages = parsePackages(text.toString('latin1'));
  const there = await filesThere(packages, files);
  const installed = new Set(packages.filter((each) => isThere(each, there)).map(nameOf));
  const wanted = new Set(plan.packages.map(nameOf));
  return [
    ...[...wanted].filter((id) => !installed.has(id)).map((id) => `${id} is not installed.`),
    ...[...installed].filter((id) => !wanted.has(id)).map((id) => `${id} is installed but not planned.`),
  ];
}

async function filesThere(packages: readonly ApkPackage[], files: FileView): Promise<ReadonlySet<FilePath>> {
  const there = new Set<FilePath>();
  const asked = new Set(packages.flatMap((each) => each.files.map(({ path }) => path)));
  for await (const [path, entry] of files.entries([...asked])) if (entry) there.add(path);
  return there;
}

/** A package of no files is there by its name alone. */
function isThere({ files }: ApkPackage, there: ReadonlySet<FilePath>): boolean {
  const own = files.filter(({ isFolder }) => !isFolder);
  return own.length === 0 || own.some(({ path }) => there.has(path));
}
