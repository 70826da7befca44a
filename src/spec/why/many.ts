import { comparePaths, type FilePath, isWithin, showPath } from '../../model/file-path.js';
import type { AccessRecord } from '../specification.js';
import type { LockedPackage, Needs } from './needs.js';
import { isThere, type Records } from './uses.js';

/** What a spec has below a folder that no run used itself, or of one kind of packages. */
export interface WhyMany {
  readonly what: string;
  readonly is: 'folder' | 'kind';
  /** How many paths of it were used. */
  readonly usedPaths: number;
  /** Of a kind all in the lock; of a folder those that the used paths are of. The most used come first. */
  readonly packages: readonly PackageUses[];
  /** A few of the paths, of what no package has first. */
  readonly examples: readonly string[];
}

interface PackageUses extends Pick<LockedPackage, 'distribution' | 'name' | 'version'> {
  readonly used: boolean;
  readonly usedPaths: number;
}

const mostShown = 5;

/** Of the paths below a folder; undefined where none was used. */
export function whyFolder(folder: FilePath, needs: Needs | undefined, records: Records): WhyMany | undefined {
  const below = records.accesses.filter((access) => isThere(access) && isWithin(access.path, folder));
  const paths = [...new Map(below.map((access) => [access.path, access])).values()];
  if (paths.length === 0) return undefined;
  const isOwned = ({ owner }: AccessRecord) => Number(owner.package !== undefined);
  paths.sort((a, b) => isOwned(a) - isOwned(b) || comparePaths(a.path, b.path));
  return {
    what: showPath(folder),
    is: 'folder',
    usedPaths: paths.length,
    packages: byUse(countUses(needs, paths)),
    examples: paths.slice(0, mostShown).map(({ path }) => showPath(path)),
  };
}

/** Of the packages of one distribution; undefined where the lock has none of that name. */
export function whyKind(name: string, needs: Needs, records: Records): WhyMany | undefined {
  const packages = needs.packages.filter(({ distribution }) => distribution === name);
  if (packages.length === 0) return undefined;
  const used = records.accesses.filter((access) => isThere(access) && access.owner.package?.distribution === name);
  const counts = countUses(needs, used);
  return {
    what: name,
    is: 'kind',
    usedPaths: new Set(used.map(({ path }) => path)).size,
    packages: byUse(new Map(packages.map((each) => [each, counts.get(each) ?? 0]))),
    examples: [],
  };
}

function countUses(needs: Needs | undefined, accesses: Records['accesses']): Map<LockedPackage, number> {
  const counts = new Map<LockedPackage, number>();
  for (const { owner } of accesses) {
    const found = needs?.named(owner.package);
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

function byUse(counts: ReadonlyMap<LockedPackage, number>): PackageUses[] {
  const sorted = [...counts].sort(([a, often], [b, seldom]) => seldom - often || Number(b.used) - Number(a.used));
  return sorted.map(([{ distribution, name, version, used }, usedPaths]) => ({
    ...{ distribution, name, version, used, usedPaths },
  }));
}
