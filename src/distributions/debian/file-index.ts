import type { FilePath } from '../../model/file-path.js';
import type { DiversionMap } from './diversions.js';
import type { Layout } from './layout.js';
import type { DpkgPackage } from './package.js';
import { PathTable } from './path-table.js';

/** One package's claim on a path. */
export interface Listing {
  readonly package: DpkgPackage;
  /** As the package lists it: before diversions, in its spelling of merged /usr. */
  readonly listedAs: FilePath;
}

export interface ListingContext {
  readonly packages: readonly DpkgPackage[];
  readonly layout: Layout;
  readonly diversions: DiversionMap;
}

/** Who lists each of the wanted canonical paths, in one pass over all file lists; diversions are applied. */
export function findListings(wanted: Iterable<FilePath>, context: ListingContext): Map<FilePath, Listing[]> {
  const { packages, layout, diversions } = context;
  const table = new PathTable();
  /** By number in the table: the canonical path that the line stands for. */
  const canonicalOf: FilePath[] = [];
  const add = (canonical: FilePath): void => {
    for (const spelling of spellings(canonical, layout)) canonicalOf[table.add(spelling)] = canonical;
  };
  const asked = new Set(wanted);
  for (const path of asked) {
    add(path);
    const diversion = diversions.ofTarget(path);
    if (diversion) add(layout.canonical(diversion.path));
  }
  const listings = new Map<FilePath, Listing[]>();
  for (const owner of packages) {
    if (!owner.list) continue;
    table.scan(owner.list, (index) => {
      const canonical = canonicalOf[index] as FilePath;
      const diverted = diversions.divertedTo(canonical, owner.name);
      const physical = diverted ? layout.canonical(diverted) : canonical;
      if (!asked.has(physical)) return;
      const line = table.path(index);
      const listing = { package: owner, listedAs: (line === '/.' ? '/' : line) as FilePath };
      const others = listings.get(physical);
      if (!others) listings.set(physical, [listing]);
      else if (others.at(-1)?.package !== owner) others.push(listing);
    });
  }
  return listings;
}

function* spellings(canonical: FilePath, layout: Layout): Generator<string> {
  yield canonical === '/' ? '/.' : canonical;
  const alias = layout.alias(canonical);
  if (alias) yield alias;
}
