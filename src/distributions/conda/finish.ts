import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { leftOutOf, type PackedEntry, packing, packingProblems, packTrees } from '../../packaging/repacked-tree.js';
import { lockedPackages } from './locked-packages.js';
import { metaFolder, type Prefixes } from './prefixes.js';
import { type CondaRecord, dependencyNames } from './record.js';
import type { CondaLock, CondaManifest } from './schema.js';

/** Used packages with all that they depend on, and what is installed of each. */
export interface Closure {
  /** By their prefixes, then by name. */
  readonly records: readonly CondaRecord[];
  readonly used: ReadonlySet<CondaRecord>;
  /** Everything that is there of the closure's paths, with hashes, and of the folders that these lie in. */
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
}

/** Closes over what was used, finds which packages make exactly what is installed, and packs all else. */
export async function finish(prefixes: Prefixes, context: FinishContext): Promise<Finished<CondaManifest, CondaLock>> {
  const used = usedRecords(prefixes, context);
  const records = closureOf(used, prefixes);
  const closure = { records, used, entries: await entriesOf(records, prefixes, context) };
  const { packages, apart, notes, leftOut } = await lockedPackages(closure, context);
  const places = [...new Set(records.map(({ prefix }) => prefix))].sort(comparePaths);
  const rest = await packTrees(
    new Map(places.map((prefix) => [prefix, restOf(prefix, closure, apart)])),
    packing(context),
  );
  const missing = new Set([...leftOut, ...leftOutOf(rest.values())]);
  const files = [...closure.entries.keys()].filter((path) => !missing.has(path));
  const dates = files.map((path) => closure.entries.get(path)).filter((entry) => entry?.type === 'file');
  return {
    manifest: { name: 'conda', prefixes: places.map((prefix) => describePrefix(prefix, used, prefixes)) },
    lock: {
      name: 'conda',
      prefixes: places.map((prefix) => {
        const packed = rest.get(prefix);
        return { path: showPath(prefix), ...(packed && 'hash' in packed ? { rest: packed.hash } : {}) };
      }),
      packages,
    },
    files,
    notes: [...notes, ...places.flatMap((prefix) => packingProblems(rest.get(prefix)))],
    epoch: dates.reduce((newest, entry) => Math.max(newest, entry?.mtime ?? 0), 0),
  };
}

function usedRecords(prefixes: Prefixes, { owned, needed, isNew }: FinishContext): Set<CondaRecord> {
  const used = new Set<CondaRecord>();
  for (const ref of [...owned.map((owner) => owner.package), ...needed]) {
    const found = ref?.at === undefined ? undefined : prefixes.recordsOf(ref.at).get(ref.name);
    if (found && !isNew?.(found.file)) used.add(found);
  }
  return used;
}

function closureOf(used: ReadonlySet<CondaRecord>, prefixes: Prefixes): CondaRecord[] {
  const closure = new Set<CondaRecord>();
  const waiting = [...used];
  for (let each = waiting.pop(); each; each = waiting.pop()) {
    if (closure.has(each)) continue;
    closure.add(each);
    const there = prefixes.recordsOf(each.prefix);
    for (const name of dependencyNames(each)) {
      const found = there.get(name);
      if (found) waiting.push(found);
    }
  }
  return [...closure].sort((a, b) => comparePaths(a.prefix, b.prefix) || comparePaths(a.name, b.name));
}

/** One pass over the files of the closure, and one over the folders that hold them. */
async function entriesOf(
  records: readonly CondaRecord[],
  prefixes: Prefixes,
  { machine, signal }: FinishContext,
): Promise<Map<FilePath, FileEntry>> {
  const wanted = new Set<FilePath>();
  for (const { prefix, file, paths } of records) {
    for (const { path } of paths) wanted.add(path);
    for (const path of [file, ...['history', 'pinned'].map((name) => joinPath(metaFolder(prefix), name))])
      wanted.add(path);
  }
  for (const path of [...wanted]) {
    for (let at = parentPath(path); at !== '/' && !wanted.has(at); at = parentPath(at)) wanted.add(at);
  }
  const entries = new Map<FilePath, FileEntry>();
  const options = { hash: true, ...(signal ? { signal } : {}) };
  for await (const [path, entry] of machine.files.entries([...wanted].sort(), options)) {
    if (entry && !prefixes.isPrivate(path)) entries.set(path, entry);
  }
  return entries;
}

/** What no package has: folders, records, and files that were made or are not as packages have them (`apart`). */
function restOf(prefix: FilePath, { records, entries }: Closure, apart: ReadonlySet<FilePath>): PackedEntry[] {
  const own = new Set(records.filter((each) => each.prefix === prefix).map(({ file }) => file));
  for (const name of ['history', 'pinned']) own.add(joinPath(metaFolder(prefix), name));
  return [...entries.values()]
    .filter(({ path, type }) => {
      const isAbove = type === 'directory' && (path.startsWith(`${prefix}/`) || prefix.startsWith(`${path}/`));
      return isAbove || path === prefix || own.has(path) || (apart.has(path) && path.startsWith(`${prefix}/`));
    })
    .sort((a, b) => comparePaths(a.path, b.path))
    .map((entry) => ({ name: entry.path.slice(1), entry }));
}

function describePrefix(prefix: FilePath, used: ReadonlySet<CondaRecord>, prefixes: Prefixes) {
  const requested = prefixes.specsOf(prefix);
  const packages = [...used]
    .filter((each) => each.prefix === prefix)
    .map(({ name, version, build }) => `${name}=${version}=${build}`)
    .sort(comparePaths);
  return { path: showPath(prefix), ...(requested.length > 0 ? { requested: [...requested] } : {}), packages };
}
