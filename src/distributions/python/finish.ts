import { sha256OfStream } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { type PackedTree, packTrees } from '../../packaging/repacked-tree.js';
import { type Closure, closureOf } from './closure.js';
import type { EnvironmentIndex } from './environments.js';
import { type InstalledFiles, installedFiles } from './installed-files.js';
import { packagedSite } from './layout.js';
import { type Environment, lockEnvironment } from './locked-environment.js';
import { lockPackage } from './locked-package.js';
import { recordedSum } from './record.js';
import type { RecordedPaths } from './recorded.js';
import type { PythonEnvironment, PythonLock, PythonManifest } from './schema.js';
import { configuredIndexes } from './settings.js';
import type { InstalledPackage } from './site.js';

/** What stood of the claims. */
export interface PythonUses {
  readonly used: ReadonlySet<InstalledPackage>;
  /** Needed by other distributions. */
  readonly needed: readonly InstalledPackage[];
  /** Virtual environments that were used, whether a package in them was or not. */
  readonly virtual: ReadonlySet<FilePath>;
  readonly index: EnvironmentIndex;
  readonly recorded: RecordedPaths;
}

/** Closes over what was used, keeps every environment and package as it is, and writes both halves. */
export async function finish(uses: PythonUses, context: FinishContext): Promise<Finished<PythonManifest, PythonLock>> {
  const { machine, contents, ownerOf, signal, isNew = () => false } = context;
  const isOthers = (path: FilePath) => isOfOthers(ownerOf(path));
  const found = closureOf([...uses.used, ...uses.needed], uses.index, machine.processor);
  const packages = [...found.packages]
    .filter(({ site, metadata }) => site !== packagedSite && !isOthers(metadata) && !isNew(metadata))
    .sort((a, b) => comparePaths(a.site, b.site) || comparePaths(a.name, b.name));
  const environments = environmentsOf(packages, uses, context);
  const options = { machine, ...(signal ? { signal } : {}) };
  const locked: PythonEnvironment[] = [];
  const entries = new Map<FilePath, FileEntry>();
  const notes: string[] = [];
  for (const environment of environments) {
    const isElsewhere = (path: FilePath) => uses.recorded.ofFile(path) !== undefined || isOthers(path);
    const one = await lockEnvironment(environment, { ...options, contents, isElsewhere });
    locked.push(one.locked);
    notes.push(...one.notes);
    for (const entry of one.entries) entries.set(entry.path, entry);
  }
  const files = await installedFiles(packages, {
    ...options,
    siteOf: ({ site }) => uses.index.site(site),
    isMadeElsewhere: (folder) => folder === '/' || entries.has(folder) || isOthers(folder),
  });
  const packed = await pack(files, uses, context);
  for (const one of files.values()) for (const entry of one.entries) entries.set(entry.path, entry);
  for (const copy of packed.values()) for (const path of leftOutOf(copy)) entries.delete(path);
  const changed = context.owned.filter(({ state }) => state === 'modified');
  const lock: PythonLock = {
    name: 'python',
    environments: locked,
    packages: packages.map((each) =>
      lockPackage(each, {
        used: uses.used.has(each),
        closure: found,
        missing: files.get(each)?.missing ?? [],
        changed: changed.filter(({ path }) => uses.recorded.ofFile(path) === each).map(({ path }) => path),
        packed: packed.get(each),
      }),
    ),
    ...(await indexesUsed(environments, context)),
    requires: requirementsOf(environments, found, context),
  };
  return {
    manifest: { name: 'python', environments: locked.map((each) => describe(each, packages, uses.used)) },
    lock,
    files: [...entries.keys()].sort(comparePaths),
    notes: [...notes, ...notesOf(lock)],
    epoch: Math.max(0, ...[...entries.values()].flatMap(({ type, mtime }) => (type === 'file' ? [mtime] : []))),
  };
}

/** Each package is in one: the virtual environments that were used, and the other folders that packages are in. */
function environmentsOf(
  packages: readonly InstalledPackage[],
  { virtual, index }: PythonUses,
  { ownerOf, isNew = () => false }: FinishContext,
): Environment[] {
  const found = new Map<FilePath, Environment>();
  const exists = (path: FilePath) => {
    const owner = ownerOf(path);
    return owner !== undefined && owner.rule !== 'absent' && owner.rule !== 'removed';
  };
  for (const path of new Set(packages.map(({ site }) => site))) {
    const site = index.site(path);
    if (!site) continue;
    const environment = index.virtualOfSite(site);
    const interpreter = index.interpretersOf(site).find(exists);
    const place = environment?.prefix ?? path;
    found.set(place, {
      path: place,
      site,
      ...(environment ? { virtual: environment } : {}),
      ...(interpreter ? { interpreter } : {}),
    });
  }
  for (const environment of index.virtual) {
    const { prefix } = environment;
    if (!virtual.has(prefix) || found.has(prefix) || isNew(`${prefix}/pyvenv.cfg` as FilePath)) continue;
    const interpreter = index.interpretersOf({
      site: prefix,
      prefix,
      packages: [],
      pathFiles: [],
      links: [],
      problems: [],
    })[0];
    found.set(prefix, { path: prefix, virtual: environment, ...(interpreter ? { interpreter } : {}) });
  }
  return [...found.values()].sort((a, b) => comparePaths(a.path, b.path));
}

async function pack(
  files: ReadonlyMap<InstalledPackage, InstalledFiles>,
  { recorded }: PythonUses,
  { machine, contents, repack, mayCarry = () => true, signal }: FinishContext,
): Promise<Map<InstalledPackage, PackedTree>> {
  if (repack === 'none') return new Map();
  const trees = new Map(
    [...files].map(([each, { entries }]) => [each, entries.map((entry) => ({ name: entry.path.slice(1), entry }))]),
  );
  // What is as its package brought it is no secret of this machine, whatever it looks like.
  const isAsRecorded = async (path: FilePath) => {
    // An installer lists what it writes itself too: an address with a password is no wheel's.
    const sum = path.endsWith('.dist-info/direct_url.json')
      ? undefined
      : recordedSum(recorded.ofFile(path)?.files.get(path));
    return sum !== undefined && (await sha256OfStream(machine.files.stream(path))).hash === sum;
  };
  const mayPack = async (path: FilePath, head: Buffer) => mayCarry(path, head) || (await isAsRecorded(path));
  return packTrees(trees, { machine, contents, mayPack, ...(signal ? { signal } : {}) });
}

function leftOutOf(copy: PackedTree): readonly FilePath[] {
  return 'leftOut' in copy ? (copy.leftOut ?? []) : [];
}

/** What pip and uv are set to by the machine, by the environments, and in the homes that those lie in. */
async function indexesUsed(
  environments: readonly Environment[],
  { machine }: FinishContext,
): Promise<Pick<PythonLock, 'indexes'>> {
  const prefixes = environments.map(({ path }) => path);
  const homes = prefixes.flatMap((path) => /^(?:\/root|\/home\/[^/]+)(?=\/)/.exec(path)?.[0] ?? []);
  const indexes = await configuredIndexes(machine, { prefixes, homes: [...new Set(homes)] as FilePath[] });
  return indexes.length > 0 ? { indexes } : {};
}

/** The packages of others that interpreters, and requirements outside the environments, are of. */
function requirementsOf(
  environments: readonly Environment[],
  { packages }: Closure,
  { ownerOf }: FinishContext,
): PythonLock['requires'] {
  const paths = [
    ...environments.flatMap(({ interpreter }) => interpreter ?? []),
    ...[...packages].map(({ metadata }) => metadata),
  ];
  const references = paths
    .map((path) => ownerOf(path)?.package)
    .filter((each): each is PackageRef => each !== undefined);
  const others = references.filter(({ distribution }) => distribution !== 'python');
  const distinct = new Map(others.map((each) => [JSON.stringify(each), each]));
  return [...distinct.entries()]
    .sort(([a], [b]) => comparePaths(a, b))
    .map(([, { distribution, name, version, architecture, at }]) => ({
      ...{ distribution, name, version },
      ...(architecture === undefined ? {} : { architecture }),
      ...(at === undefined ? {} : { at: showPath(at) }),
    }));
}

function isOfOthers(owner: Owner | undefined): boolean {
  return owner?.package !== undefined && owner.package.distribution !== 'python';
}

function describe(
  { path, interpreter, python, systemSitePackages, site }: PythonEnvironment,
  packages: readonly InstalledPackage[],
  used: ReadonlySet<InstalledPackage>,
): PythonManifest['environments'][number] {
  const own = packages.filter((each) => used.has(each) && showPath(each.site) === (site ?? path));
  return {
    path,
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(python === undefined ? {} : { python }),
    ...(systemSitePackages === undefined ? {} : { systemSitePackages }),
    packages: own.map(({ name, version }) => `${name}==${version}`),
  };
}

function notesOf({ packages }: PythonLock): string[] {
  return packages.flatMap(({ name, at, problems = [] }) => problems.map((sentence) => `${name} in ${at}: ${sentence}`));
}
