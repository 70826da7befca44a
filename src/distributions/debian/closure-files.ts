import type { Machine } from '../../machines/machine.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import { listPath } from './database.js';
import type { DpkgPackage } from './package.js';
import type { Claimed } from './reader.js';

export interface ClosureFiles {
  /** What exists of the packages' files, where it really lies, in byte order. */
  readonly paths: readonly FilePath[];
  /** Canonical paths as the packages list them, before diversions. */
  readonly listed: ReadonlySet<FilePath>;
  /** Ids that own any of the files. */
  readonly users: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
  /** Seconds since 1970: the newest date that a package gave to one of its files. */
  readonly epoch: number;
}

/** Looks at every file of the packages in one pass, without its content. */
export async function closureFiles(
  packages: readonly DpkgPackage[],
  { layout, diversions }: Pick<Claimed, 'layout' | 'diversions'>,
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<ClosureFiles> {
  const options = signal ? { signal } : {};
  const listed = new Set<FilePath>();
  const owners = new Map<FilePath, DpkgPackage>();
  for (const each of packages) {
    for (const path of each.listedPaths()) {
      const canonical = layout.canonical(path);
      listed.add(canonical);
      const diverted = diversions.divertedTo(canonical, each.name);
      owners.set(diverted ? layout.canonical(diverted) : canonical, each);
    }
  }
  const unpacked = new Map<DpkgPackage, number>();
  let at = 0;
  for await (const entry of machine.files.entries(packages.map(listPath), options)) {
    unpacked.set(packages[at++] as DpkgPackage, entry?.mtime ?? 0);
  }
  const sorted = [...owners.keys()].sort(comparePaths);
  const paths: FilePath[] = [];
  const users = new Set<number>();
  const groups = new Set<number>();
  let epoch = 0;
  at = 0;
  for await (const entry of machine.files.entries(sorted, options)) {
    const path = sorted[at++] as FilePath;
    if (!entry) continue;
    paths.push(path);
    users.add(entry.uid);
    groups.add(entry.gid);
    // A folder's date moves with its entries, and a file newer than its unpacking was changed since: neither is the package's.
    const latest = unpacked.get(owners.get(path) as DpkgPackage) ?? 0;
    if (entry.type !== 'directory' && entry.mtime <= latest && entry.mtime > epoch) epoch = entry.mtime;
  }
  return { paths, listed, users, groups, epoch };
}
