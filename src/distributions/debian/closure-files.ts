import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { Claimed } from './claimed.js';
import { listPath } from './database.js';
import { areListed } from './file-index.js';
import type { DpkgPackage } from './package.js';

export interface ClosureFiles {
  /** What exists of the packages' files, where it really lies, in byte order. */
  readonly paths: readonly FilePath[];
  /** Canonical paths as the packages list them, before diversions. */
  readonly listed: ReadonlySet<FilePath>;
  /** What the packages list and the machine does not have, in byte order: removed by people, or excluded by dpkg. */
  readonly missing: readonly FilePath[];
  /** Folders that packages outside the closure list too, and that are not as installing makes a folder by itself. */
  readonly sharedFolders: readonly FileEntry[];
  /** Ids that own any of the files. */
  readonly users: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
  /** Seconds since 1970: the newest date that a package gave to one of its files. */
  readonly epoch: number;
}

/** Looks at every file of the packages in one pass, without its content. */
export async function closureFiles(
  packages: readonly DpkgPackage[],
  claimed: Pick<Claimed, 'database' | 'layout' | 'diversions'>,
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<ClosureFiles> {
  const { layout, diversions } = claimed;
  const options = signal ? { signal } : {};
  const listed = new Set<FilePath>();
  const owners = new Map<FilePath, DpkgPackage>();
  for (const each of packages) {
    // Still listed, but no part of the version that is installed.
    const obsolete = new Set(each.conffiles.filter((one) => one.obsolete).map(({ path }) => path));
    for (const path of each.listedPaths()) {
      if (obsolete.has(path)) continue;
      const canonical = layout.canonical(path);
      listed.add(canonical);
      const diverted = diversions.divertedTo(canonical, each.name);
      owners.set(diverted ? layout.canonical(diverted) : canonical, each);
    }
  }
  const unpacked = new Map<DpkgPackage, number>();
  const listedIn = new Map(packages.map((each) => [listPath(each), each]));
  for await (const [path, entry] of machine.files.entries([...listedIn.keys()], options)) {
    unpacked.set(listedIn.get(path) as DpkgPackage, entry?.mtime ?? 0);
  }
  const sorted = [...owners.keys()].sort(comparePaths);
  const paths: FilePath[] = [];
  const users = new Set<number>();
  const groups = new Set<number>();
  const missing: FilePath[] = [];
  const unusual: FileEntry[] = [];
  let epoch = 0;
  for await (const [path, entry] of machine.files.entries(sorted, options)) {
    if (!entry) missing.push(path);
    if (!entry) continue;
    paths.push(path);
    users.add(entry.uid);
    groups.add(entry.gid);
    if (entry.type === 'directory' && !isUsual(entry)) unusual.push(entry);
    // A folder's date moves with its entries, a merged /bin was made by the bootstrap, and a file newer than its
    // unpacking was changed since: none of these dates is the package's.
    const isDated = entry.type !== 'directory' && !layout.links.has(path);
    const latest = unpacked.get(owners.get(path) as DpkgPackage) ?? 0;
    if (isDated && entry.mtime <= latest && entry.mtime > epoch) epoch = entry.mtime;
  }
  const sharedFolders = sharedWithOthers(unusual, packages, claimed);
  return { paths, listed, missing, sharedFolders, users, groups, epoch };
}

function isUsual({ mode, uid, gid }: FileEntry): boolean {
  return mode === 0o755 && uid === 0 && gid === 0;
}

/** A package's scripts may set the mode of a folder that others list too: without that package it would be another. */
function sharedWithOthers(
  folders: readonly FileEntry[],
  packages: readonly DpkgPackage[],
  { database, layout, diversions }: Pick<Claimed, 'database' | 'layout' | 'diversions'>,
): FileEntry[] {
  const closure = new Set(packages);
  const others = database.packages.filter((each) => !closure.has(each));
  const paths = folders.map(({ path }) => path);
  const isListed = areListed(paths, { packages: others, layout, diversions });
  return folders.filter((_, at) => isListed[at]);
}
