import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { UsrLayout } from '../usr-layout.js';
import { readChecksums } from './database.js';
import type { DiversionMap } from './diversions.js';
import { LineIndex } from './line-index.js';
import type { DpkgPackage } from './package.js';
import { PathTable } from './path-table.js';

/** One package's claim on a path. */
export interface Listing {
  readonly package: DpkgPackage;
  /** As the package lists it: before diversions, in its spelling of merged /usr. */
  readonly listedAs: FilePath;
  /** Where in the package's md5sums the line of this path starts: only regular files that are no conffiles have one. */
  sumAt: number | undefined;
}

/** Bytes of an md5sums line before the path: 32 digits and two spaces, the second in the place of the leading slash. */
const sumBytes = 33;

interface ListingContext {
  readonly packages: readonly DpkgPackage[];
  readonly layout: UsrLayout;
  readonly diversions: DiversionMap;
}

/** Who lists what, looked up as it is asked: lists are gone through once, checksums only of packages that own something. */
export class FileIndex {
  readonly #context: ListingContext;
  readonly #machine: Machine;
  readonly #lines = new LineIndex();
  #listings: Map<FilePath, Listing[]> = new Map();
  /** What was asked each time. */
  readonly #looked: ReadonlySet<FilePath>[] = [];

  constructor(context: ListingContext, machine: Machine) {
    this.#context = context;
    this.#machine = machine;
  }

  /** The listings of the wanted canonical paths, among others. */
  async find(wanted: ReadonlySet<FilePath>): Promise<ReadonlyMap<FilePath, Listing[]>> {
    const isFirst = this.#looked.length === 0;
    const isNew = (path: FilePath): boolean => !this.#looked.some((paths) => paths.has(path));
    const fresh = isFirst ? wanted : new Set([...wanted].filter(isNew));
    if (fresh.size === 0) return this.#listings;
    this.#looked.push(fresh);
    const { listings, owners, findSums } = findListings(fresh, this.#context, this.#lines);
    await readChecksums(owners, this.#machine);
    findSums();
    if (isFirst) this.#listings = listings;
    else for (const [path, found] of listings) this.#listings.set(path, found);
    return this.#listings;
  }
}

export interface FoundListings {
  readonly listings: Map<FilePath, Listing[]>;
  readonly owners: readonly DpkgPackage[];
  /** Adds where the checksums are, once those of the owners are read: packages that may own one of the paths as a file. */
  findSums(): void;
}

/** Who lists each of the wanted canonical paths, in one pass over all file lists; diversions are applied. */
export function findListings(
  asked: ReadonlySet<FilePath>,
  { packages, layout, diversions }: ListingContext,
  lines = new LineIndex(),
): FoundListings {
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
  /** Of each package that may own a file: its listings by their numbers in the table. */
  const byOwner = new Map<DpkgPackage, Map<number, Listing>>();
  for (const owner of packages) {
    const { list } = owner;
    if (!list) continue;
    const own = new Map<number, Listing>();
    table.scan(lines.of(list, 0), (index, start, end) => {
      const canonical = canonicalOf[index] as FilePath;
      const diverted = diversions.divertedTo(canonical, owner.name);
      const physical = diverted ? layout.canonical(diverted) : canonical;
      if (diverted ? !asked.has(physical) : !isAsked[index]) return;
      const line = table.path(index);
      const listing = { package: owner, listedAs: (line === '/.' ? '/' : line) as FilePath, sumAt: undefined };
      if (!isFolder(list, start, end)) own.set(index, listing);
      const others = listings.get(physical);
      if (!others) listings.set(physical, [listing]);
      else if (others.at(-1)?.package !== owner) others.push(listing);
    });
    if (own.size > 0) byOwner.set(owner, own);
  }
  const findSums = (): void => {
    for (const [owner, own] of byOwner) {
      if (!owner.md5sums) continue;
      table.scan(lines.of(owner.md5sums, sumBytes), (index, start) => {
        const listing = own.get(index);
        if (listing) listing.sumAt = start;
      });
    }
  };
  return { listings, owners: [...byOwner.keys()], findSums };
}

/** Whether the next line is below the one that stands there: lists name a folder right before what is in it. */
function isFolder(list: Buffer, start: number, end: number): boolean {
  const next = end + 1;
  if (list[next + end - start] !== 0x2f) return false;
  return list.compare(list, start, end, next, next + end - start) === 0;
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
