import picomatch from 'picomatch';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath, showPath } from '../../model/file-path.js';
import type { FinishContext, Finished } from '../reader.js';
import { leftOutOf, type PackedEntry, type PackedTree, packing, packingProblems, packTrees } from '../repacked-tree.js';
import type { PrefixPackage } from './kind.js';
import type { LockedPrefix, PrefixLock, PrefixManifest } from './schema.js';

/** Where packages are looked up: by their folders, and by globs of their records. */
interface Lookup {
  at(prefix: FilePath): PrefixPackage | undefined;
  /** By the paths that the globs find. */
  find(globs: readonly string[]): Promise<PackagesByRecord>;
}

export type PackagesByRecord = ReadonlyMap<FilePath, PrefixPackage>;

/** The packages of those of the paths that have one. */
export function presentOf(
  paths: readonly string[],
  packageAt: (path: FilePath) => PrefixPackage | undefined,
): PackagesByRecord {
  const found = new Map<FilePath, PrefixPackage>();
  for (const path of paths as readonly FilePath[]) {
    const each = packageAt(path);
    if (each) found.set(path, each);
  }
  return found;
}

/** Follows what the used packages need, and keeps a copy of each. */
export async function finishPrefixes(
  name: string,
  lookup: Lookup,
  problems: readonly string[],
  context: FinishContext,
): Promise<Finished<PrefixManifest, PrefixLock>> {
  const { machine, repack, signal } = context;
  const used = usedPackages(lookup, context);
  const { packages: closure, needsOf } = await closureOf(used.values(), lookup);
  const trees = await walkPackages(closure.map(withoutOthers(name, context)), machine, signal);
  const copies = repack === 'none' ? new Map<FilePath, PackedTree>() : await packTrees(trees, packing(context));
  const packages = closure.map((each) =>
    lockedPackage(each, { used: used.has(each.at), needs: needsOf(each), copy: copies.get(each.at) }),
  );
  const leftOut = leftOutOf(copies.values());
  const entries = [...trees.values()].flatMap((tree) => tree.map(({ entry }) => entry));
  const files = new Set(entries.map(({ path }) => path).filter((path) => !leftOut.has(path)));
  return {
    manifest: {
      name,
      packages: [...used.values()].map(({ ref, at }) => ({ name: ref.name, version: ref.version, path: showPath(at) })),
    },
    lock: { name, packages },
    files: [...files],
    notes: [
      ...problems,
      ...lostAtPlaces(lookup, context),
      ...packages.flatMap((each) =>
        (each.problems ?? []).map((problem) => `${each.name} ${each.version} in ${each.at}: ${problem}`),
      ),
    ],
    epoch: entries.reduce((newest, { type, mtime }) => (type === 'file' ? Math.max(newest, mtime) : newest), 0),
  };
}

function usedPackages(lookup: Lookup, { owned, needed, isNew }: FinishContext): Map<FilePath, PrefixPackage> {
  const used = new Map<FilePath, PrefixPackage>();
  const places = [...owned.map((owner) => owner.package?.at), ...needed.map(({ at }) => at)];
  for (const at of places) {
    const found = at === undefined || isNew?.(at) ? undefined : lookup.at(at);
    if (found) used.set(found.at, found);
  }
  return new Map([...used].sort(([a], [b]) => comparePaths(a, b)));
}

/** Packages whose place is another's are found nowhere: a fault of the reader, which must not be one in silence. */
function lostAtPlaces(lookup: Lookup, { owned, isNew }: FinishContext): string[] {
  const lost = new Set<string>();
  for (const { package: own } of owned) {
    if (own?.at === undefined || isNew?.(own.at)) continue;
    const found = lookup.at(own.at)?.ref;
    if (!found || (found.name === own.name && found.version === own.version)) continue;
    const place = `its place ${showPath(own.at)} is that of ${found.name} ${found.version}`;
    lost.add(`${own.name} ${own.version} is not in the spec: ${place}.`);
  }
  return [...lost];
}

/** By their places; with what each needs of the others. */
async function closureOf(used: Iterable<PrefixPackage>, lookup: Lookup) {
  const closure = new Map<FilePath, PrefixPackage>();
  const asked = new Set<string>();
  const byRecord = new Map<FilePath, PrefixPackage>();
  for (let fresh = [...used]; fresh.length > 0; ) {
    for (const each of fresh) closure.set(each.at, each);
    const globs = [...new Set(fresh.flatMap(({ neededRecords = [] }) => neededRecords))].filter(
      (glob) => !asked.has(glob),
    );
    for (const glob of globs) asked.add(glob);
    const found: PackagesByRecord = globs.length === 0 ? new Map() : await lookup.find(globs);
    for (const [record, each] of found) byRecord.set(record, each);
    fresh = [...found.values()].filter(({ at }) => !closure.has(at));
  }
  return {
    packages: [...closure.values()].sort((a, b) => comparePaths(a.at, b.at)),
    needsOf: (each: PrefixPackage) => neededPlaces(each, byRecord),
  };
}

function neededPlaces({ at, neededRecords = [] }: PrefixPackage, byRecord: PackagesByRecord): FilePath[] {
  const found = neededRecords.flatMap((glob) => {
    const exact = byRecord.get(glob as FilePath);
    if (exact) return [exact];
    if (!/[*?[{]/.test(glob)) return [];
    const matches = picomatch(glob, { dot: true });
    return [...byRecord].flatMap(([record, each]) => (matches(record) ? [each] : []));
  });
  const places = new Set(found.map((each) => each.at));
  places.delete(at);
  return [...places].sort(comparePaths);
}

type Places = Pick<PrefixPackage, 'at'> & { readonly places: readonly FilePath[] };

/** The places of a package that no other distribution has. */
function withoutOthers(name: string, { ownerOf }: FinishContext): (found: PrefixPackage) => Places {
  const isOwn = (place: FilePath): boolean => (ownerOf(place)?.package?.distribution ?? name) === name;
  return ({ at, besides = [] }) => ({ at, places: [at, ...besides].filter(isOwn) });
}

/** What is to be packed of each package: all of its places, and the folders that these lie in. */
async function walkPackages(
  packages: readonly Places[],
  { files }: Machine,
  signal: AbortSignal | undefined,
): Promise<Map<FilePath, PackedEntry[]>> {
  const ownerOf = new Map(packages.flatMap(({ at, places }) => places.map((place) => [place, at] as const)));
  const trees = new Map<FilePath, PackedEntry[]>(packages.map(({ at }) => [at, []]));
  const apart = [...ownerOf.keys()].filter((place) => !foldersAbove(place).some((above) => ownerOf.has(above)));
  for await (const entry of files.walk(apart, signal ? { signal } : {})) {
    const place = [entry.path, ...foldersAbove(entry.path)].find((each) => ownerOf.has(each));
    trees.get(ownerOf.get(place ?? entry.path) ?? entry.path)?.push(packed(entry));
  }
  const above = new Map(packages.map(({ at, places }) => [at, new Set(places.flatMap(foldersAbove))]));
  const folders = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of files.entries([...new Set([...above.values()].flatMap((paths) => [...paths]))]))
    if (entry?.type === 'directory') folders.set(path, entry);
  for (const [at, paths] of above) {
    const entries = [...paths].sort(comparePaths).flatMap((path) => folders.get(path) ?? []);
    trees.get(at)?.unshift(...entries.map(packed));
  }
  return trees;
}

function packed(entry: FileEntry): PackedEntry {
  return { name: entry.path.slice(1), entry };
}

function foldersAbove(path: FilePath): FilePath[] {
  const above: FilePath[] = [];
  for (let at = parentPath(path); at !== '/'; at = parentPath(at)) above.push(at);
  return above;
}

interface LockFacts {
  readonly used: boolean;
  readonly needs: readonly FilePath[];
  readonly copy: PackedTree | undefined;
}

function lockedPackage({ ref, at, details }: PrefixPackage, { used, needs, copy }: LockFacts): LockedPrefix {
  const problems = copy ? packingProblems(copy) : ['It is not reinstallable: no copy was made.'];
  return {
    name: ref.name,
    version: ref.version,
    at: showPath(at),
    used,
    ...(needs.length > 0 ? { needs: needs.map(showPath) } : {}),
    ...(details && Object.keys(details).length > 0 ? { details } : {}),
    ...(copy && 'hash' in copy
      ? { certainty: 'repacked', content: copy.hash, size: copy.size }
      : { certainty: 'unknown' }),
    ...(problems.length > 0 ? { problems } : {}),
  };
}
