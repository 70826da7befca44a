import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { DiversionMap } from './diversions.js';
import type { Layout } from './layout.js';
import { LineIndex } from './line-index.js';
import type { DpkgPackage } from './package.js';
import { PathTable } from './path-table.js';

/** One package's claim on a path. */
export interface Listing {
  readonly package: DpkgPackage;
  /** As the package lists it: before diversions, in its spelling of merged /usr. */
  readonly listedAs: FilePath;
  /** Where in the package's md5sums the line of this path starts: only regular files that are no conffiles have one. */
  sumAt?: number;
}

/** Bytes of an md5sums line before the path: 32 digits and two spaces, the second in the place of the leading slash. */
const sumBytes = 33;

interface ListingContext {
  readonly packages: readonly DpkgPackage[];
  readonly layout: Layout;
  readonly diversions: DiversionMap;
  /** What is known of the lists of the same packages from before. */
  readonly lines?: LineIndex;
}

/** Who lists each of the wanted canonical paths, in one pass over all file lists; diversions are applied. */
export function findListings(asked: ReadonlySet<FilePath>, context: ListingContext): Map<FilePath, Listing[]> {
  const { packages, layout, diversions, lines = new LineIndex() } = context;
  const table = new PathTable();
  /** By number in the table: the canonical path that the line stands for. */
  const canonicalOf: FilePath[] = [];
  const isAsked: boolean[] = [];
  const addLine = (line: string, canonical: FilePath, isWanted: boolean): void => {
    const index = table.add(line);
    canonicalOf[index] = canonical;
    isAsked[index] ||= isWanted;
  };
  const add = (canonical: FilePath, isWanted: boolean): void => {
    addLine(canonical === '/' ? '/.' : canonical, canonical, isWanted);
    const alias = layout.alias(canonical);
    if (alias) addLine(alias, canonical, isWanted);
  };
  for (const path of asked) {
    add(path, true);
    const diversion = diversions.ofTarget(path);
    if (diversion) add(layout.canonical(diversion.path), false);
  }
  const listings = new Map<FilePath, Listing[]>();
  /** By number in the table: the last package's listing. */
  const last: Listing[] = [];
  for (const owner of packages) {
    if (!owner.list) continue;
    let found = 0;
    table.scan(lines.of(owner.list, 0), (index) => {
      const canonical = canonicalOf[index] as FilePath;
      const diverted = diversions.divertedTo(canonical, owner.name);
      const physical = diverted ? layout.canonical(diverted) : canonical;
      if (diverted ? !asked.has(physical) : !isAsked[index]) return;
      const line = table.path(index);
      const listing = { package: owner, listedAs: (line === '/.' ? '/' : line) as FilePath };
      last[index] = listing;
      found++;
      const others = listings.get(physical);
      if (!others) listings.set(physical, [listing]);
      else if (others.at(-1)?.package !== owner) others.push(listing);
    });
    if (found === 0 || !owner.md5sums) continue;
    table.scan(lines.of(owner.md5sums, sumBytes), (index, start) => {
      const listing = last[index];
      if (listing?.package === owner) listing.sumAt = start;
    });
  }
  return listings;
}

/** The owner of a path that one of several listings stands for. */
export function ownedBy(chosen: Listing, path: FilePath, listings: readonly Listing[]): Owner {
  const { package: owner, listedAs } = chosen;
  const plain: Owner = { path, state: 'owned', package: owner.ref };
  if (listings.length === 1 && listedAs === path) return plain;
  const siblings = listings.filter((each) => each !== chosen && each.package.name === owner.name);
  return {
    ...plain,
    ...(listedAs === path ? {} : { listedAs }),
    ...(siblings.length > 0 ? { sharedWith: siblings.map((each) => each.package.ref) } : {}),
  };
}
