import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
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
  /**
   * Where in the package's md5sums the line of this path starts, once that was read: only regular files that are no
   * conffiles have one.
   */
  sumAt: number | undefined;
}

/** Bytes of an md5sums line before the path: 32 digits and two spaces, the second in the place of the leading slash. */
const sumBytes = 33;

interface ListingContext {
  readonly packages: readonly DpkgPackage[];
  readonly layout: UsrLayout;
  readonly diversions: DiversionMap;
}

/** Of one path: of every package that has it. */
export type Listings = readonly Listing[];

/** Who lists what, looked up as it is asked: lists are gone through once, and checksums when they are needed. */
export class FileIndex {
  readonly #context: ListingContext;
  readonly #machine: Machine;
  readonly #lines = new LineIndex();
  /** One for every time that something new was asked. */
  readonly #searches: Search[] = [];

  constructor(context: ListingContext, machine: Machine) {
    this.#context = context;
    this.#machine = machine;
  }

  /** The listings of canonical paths, in the order asked; undefined where no package has one. */
  find(paths: readonly FilePath[]): (Listings | undefined)[] {
    const isFirst = this.#searches.length === 0;
    const fresh = isFirst ? paths : paths.filter((path) => !this.#searches.some((search) => search.has(path)));
    if (fresh.length > 0) {
      const search = new Search(fresh, this.#context, this.#lines);
      this.#searches.push(search);
      if (isFirst) return search.found();
    }
    return paths.map((path) => this.known(path));
  }

  /** Adds to the listings of all files that were asked where their checksums are. */
  async findSums(signal?: AbortSignal): Promise<void> {
    const owners = new Set(this.#searches.flatMap((search) => [...search.ownersOfFiles()]));
    await readChecksums([...owners], this.#machine, signal);
    for (const search of this.#searches) search.findSums();
  }

  /** The listings of a path that was asked before. */
  known(path: FilePath): Listings | undefined {
    return this.#searches.find((search) => search.has(path))?.listings(path);
  }
}

/** Which of the canonical paths any of the packages lists, in the order asked. */
export function areListed(paths: readonly FilePath[], context: ListingContext): boolean[] {
  return new Search(paths, context, new LineIndex()).found().map((listings) => listings !== undefined);
}

/** One pass over all file lists, for the paths that were asked; diversions are applied. */
class Search {
  readonly #context: ListingContext;
  readonly #lines: LineIndex;
  readonly #table = new PathTable();
  /** In the order asked: the number of each path in the table. */
  readonly #asked: readonly number[];
  /** By number in the table: the number of the canonical path that such a line stands for. */
  readonly #standsFor: number[] = [];
  readonly #isAsked: boolean[] = [];
  readonly #contested: ReadonlySet<number>;
  readonly #listings: Listing[][] = [];
  /** Numbers of what is a folder, as any package lists something in it. */
  readonly #folders = new Set<number>();

  constructor(paths: readonly FilePath[], context: ListingContext, lines: LineIndex) {
    this.#context = context;
    this.#lines = lines;
    this.#asked = this.#add(paths);
    for (const number of this.#asked) this.#isAsked[number] = true;
    const contested = context.diversions.places.filter(([from, to]) => this.has(from) || this.has(to));
    this.#contested = new Set(this.#add(contested.map(([from]) => from)));
    for (const owner of context.packages) if (owner.list) this.#read(owner, owner.list);
  }

  /** Whether the path was asked. */
  has(path: FilePath): boolean {
    return this.#isAsked[this.#table.find(lineOf(path))] === true;
  }

  listings(path: FilePath): Listings | undefined {
    return this.#listings[this.#table.find(lineOf(path))];
  }

  found(): (Listings | undefined)[] {
    return this.#asked.map((number) => this.#listings[number]);
  }

  /** The packages that may own one of the paths as a file. */
  ownersOfFiles(): Set<DpkgPackage> {
    const owners = new Set<DpkgPackage>();
    this.#listings.forEach((listings, number) => {
      if (!this.#folders.has(number)) for (const each of listings) owners.add(each.package);
    });
    return owners;
  }

  findSums(): void {
    for (const owner of this.ownersOfFiles()) {
      if (!owner.md5sums) continue;
      this.#table.scan(this.#lines.of(owner.md5sums, sumBytes), (index, start) => {
        const listing = this.#listings[this.#placeOf(index, owner)]?.find((each) => each.package === owner);
        if (listing) listing.sumAt = start;
      });
    }
  }

  /** Adds canonical paths, and by which other names lists may have them. */
  #add(paths: readonly FilePath[]): number[] {
    const numbers = this.#table.addAll(paths.map(lineOf));
    const aliases: FilePath[] = [];
    const aliased: number[] = [];
    paths.forEach((path, at) => {
      const number = numbers[at] as number;
      this.#standsFor[number] = number;
      const alias = this.#context.layout.alias(path);
      if (alias === undefined) return;
      aliases.push(alias);
      aliased.push(number);
    });
    for (const [at, alias] of this.#table.addAll(aliases).entries()) this.#standsFor[alias] = aliased[at] as number;
    return numbers;
  }

  #read(owner: DpkgPackage, list: Buffer): void {
    this.#table.scan(this.#lines.of(list, 0), (index, start, end) => {
      const place = this.#placeOf(index, owner);
      if (!this.#isAsked[place]) return;
      const listing = { package: owner, listedAs: pathOf(this.#table.path(index)), sumAt: undefined };
      if (!this.#folders.has(place) && isFolder(list, start, end)) this.#folders.add(place);
      const others = this.#listings[place];
      if (!others) this.#listings[place] = [listing];
      else if (others.at(-1)?.package !== owner) others.push(listing);
    });
  }

  /** The number of the path where the owner's file lies that such a line names. */
  #placeOf(index: number, owner: DpkgPackage): number {
    const number = this.#standsFor[index] as number;
    if (!this.#contested.has(number)) return number;
    const { layout, diversions } = this.#context;
    const diverted = diversions.divertedTo(pathOf(this.#table.path(number)), owner.name);
    return diverted ? this.#table.find(lineOf(layout.canonical(diverted))) : number;
  }
}

/** Lists have the root as `/.`. */
function lineOf(path: FilePath): string {
  return path === '/' ? '/.' : path;
}

function pathOf(line: string): FilePath {
  return (line === '/.' ? '/' : line) as FilePath;
}

/**
 * Whether the next line is below the one that stands there: lists name a folder right before what is in it, but for
 * links, which come last.
 */
function isFolder(list: Buffer, start: number, end: number): boolean {
  // The root, which every list has first as `/.`, is the one folder whose name the next line does not start with.
  if (end - start === 2 && list[start + 1] === 0x2e) return true;
  const ahead = end + 1 - start;
  if (list[end + ahead] !== 0x2f) return false;
  for (let at = start; at < end; at++) if (list[at] !== list[at + ahead]) return false;
  return true;
}

/** The owner of a path that one of several listings stands for. */
export function ownedBy(chosen: Listing, path: FilePath, listings: Listings): Owner {
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
