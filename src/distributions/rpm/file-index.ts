import { type FilePath, parentPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import type { RpmPackage } from './package.js';

/** One package's claim on a path. */
export interface Listing {
  readonly package: RpmPackage;
  /** Its number among the package's files. */
  readonly index: number;
  /** As the package lists it, in its spelling of merged /usr. */
  readonly listedAs: FilePath;
}

/** Who lists what, found by the folders that files are in: of packages that have nothing there no name is read. */
export class FileIndex {
  readonly #packages: readonly RpmPackage[];
  readonly #layout: UsrLayout;
  /** Canonical folders of each package, in the order of its own. */
  readonly #folders = new Map<RpmPackage, readonly FilePath[]>();
  readonly #looked = new Set<FilePath>();
  readonly #listings = new Map<FilePath, Listing[]>();

  constructor(packages: readonly RpmPackage[], layout: UsrLayout) {
    this.#packages = packages;
    this.#layout = layout;
  }

  /** The listings of the wanted canonical paths, among others; first those of packages for which the file was put there. */
  find(wanted: Iterable<FilePath>): ReadonlyMap<FilePath, readonly Listing[]> {
    const fresh = new Set<FilePath>();
    const folders = new Set<FilePath>();
    for (const path of wanted) {
      if (this.#looked.has(path)) continue;
      this.#looked.add(path);
      fresh.add(path);
      folders.add(folderOf(path));
    }
    if (fresh.size > 0) for (const each of this.#packages) this.#findIn(each, fresh, folders);
    return this.#listings;
  }

  #findIn(owner: RpmPackage, wanted: ReadonlySet<FilePath>, folders: ReadonlySet<FilePath>): void {
    const own = this.#canonicalFolders(owner);
    const isAsked = own.map((folder) => folders.has(folder));
    if (!isAsked.includes(true)) return;
    const { baseNames, folderIndexes } = owner;
    for (const [index, name] of baseNames.entries()) {
      const folder = folderIndexes[index] ?? 0;
      if (!isAsked[folder]) continue;
      const path = `${own[folder]}${name}` as FilePath;
      if (!wanted.has(path)) continue;
      const listing = { package: owner, index, listedAs: owner.pathOf(index) };
      const others = this.#listings.get(path) ?? [];
      const firstLacking = isInPlace(listing) ? others.findIndex((each) => !isInPlace(each)) : -1;
      others.splice(firstLacking < 0 ? others.length : firstLacking, 0, listing);
      this.#listings.set(path, others);
    }
  }

  #canonicalFolders(owner: RpmPackage): readonly FilePath[] {
    const folders = this.#folders.get(owner) ?? owner.folders.map(this.#layout.canonical);
    this.#folders.set(owner, folders);
    return folders;
  }
}

/** Documentation may be left out, and another package's file may have been put in its place. */
function isInPlace({ package: owner, index }: Listing): boolean {
  return owner.stateOf(index) === 'normal';
}

/** With a slash at the end, as packages have it. */
function folderOf(path: FilePath): FilePath {
  const parent = parentPath(path);
  return parent === '/' ? parent : (`${parent}/` as FilePath);
}

/** The owner of a path that one of several listings stands for. */
export function ownedBy({ package: owner, listedAs }: Listing, path: FilePath, listings: readonly Listing[]): Owner {
  const siblings = listings.filter((each) => each.package !== owner && each.package.name === owner.name);
  return {
    path,
    state: 'owned',
    package: owner.ref,
    ...(listedAs === path ? {} : { listedAs }),
    ...(siblings.length > 0 ? { sharedWith: siblings.map((each) => each.package.ref) } : {}),
  };
}
