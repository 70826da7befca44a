import type { FilePath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';

/**
 * Software whose packages are folders, each with a record of what it is: Spack, EasyBuild, Homebrew and many others.
 * What differs between them is where such folders are and what the records say; all else is the same for all, see
 * `prefixDistribution`.
 */
export interface PrefixKind {
  readonly name: string;
  readonly title: string;
  /** The folder of the package that a path is or lies in, as far as names can tell. */
  prefixOf(path: FilePath): FilePath | undefined;
  /** Globs of the records of the package in that folder; none where its name says all. */
  records(prefix: FilePath): readonly string[];
  /** What the records say; undefined where no package is there. Throws what to say of one that cannot be read. */
  describe(prefix: FilePath, records: Records): Description | undefined;
}

/**
 * Paths up to the end of what a pattern finds first. Patterns that begin with what is rare in paths are the fastest:
 * every kind looks at every path.
 */
export function upTo(pattern: RegExp): (path: FilePath) => FilePath | undefined {
  return (path) => {
    const found = pattern.exec(path);
    return found ? (path.slice(0, found.index + found[0].length) as FilePath) : undefined;
  };
}

/** Contents of records by their paths. */
export type Records = ReadonlyMap<FilePath, Buffer>;

export interface Description {
  readonly name: string;
  readonly version: string;
  /** What tells this build from others of the same version, for people and for the manager. */
  readonly details?: Readonly<Record<string, string>>;
  /** Globs of the records of packages that it cannot do without. */
  readonly neededRecords?: readonly string[];
  /** Places beside its folder that are the package's too. */
  readonly besides?: readonly FilePath[];
}

/** A package that was found. */
export interface PrefixPackage extends Description {
  /** Its folder, or where it has none of its own its record: no two packages of a kind have the same. */
  readonly at: FilePath;
  readonly ref: PackageRef;
}

/**
 * Compares versions as most managers do that have no rule of their own: runs of digits as numbers, runs of letters as
 * text, a longer version after a shorter one that it begins with.
 */
export function compareLoosely(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = compareParts(left[at] as string, right[at] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function partsOf(version: string): readonly string[] {
  return version.match(/\d+|[a-zA-Z]+/g) ?? [];
}

function compareParts(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d/.test(a), /^\d/.test(b)];
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  if (!isNumber) return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
