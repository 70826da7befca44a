import type { PackageFact, SourceFacts } from '../../sources/facts.js';
import { type PackageAnalyzer, type PackageKind, packageKinds } from './kinds.js';

export interface PackageRow {
  readonly Name: string;
  readonly Path?: string;
  readonly Version: string;
  readonly Size: number;
}

interface PackageInfo {
  readonly Version: string;
  readonly Size: number;
}

export interface PackagesDiff {
  readonly Packages1: readonly PackageRow[];
  readonly Packages2: readonly PackageRow[];
  readonly InfoDiff: readonly {
    readonly Package: string;
    readonly Info1: PackageInfo | readonly PackageInfo[];
    readonly Info2: PackageInfo | readonly PackageInfo[];
  }[];
}

/** What the databases of a source list; of an analyzer that found nothing to look at, undefined. */
export type Listed = Readonly<Partial<Record<PackageAnalyzer, readonly PackageRow[] | undefined>>>;

/** Whether an analyzer has no result, as container-diff leaves it out, since there is nothing to look at. */
export function hasNothing(analyzer: string, listed: Listed | undefined): boolean {
  return listed !== undefined && Object.hasOwn(listed, analyzer) && listed[analyzer as PackageAnalyzer] === undefined;
}

/** The packages of a source by its databases, and where it has no contents by what it tells of itself. */
export function rowsOf(
  analyzer: PackageAnalyzer,
  { packages = [] }: SourceFacts,
  listed: Listed | undefined,
): readonly PackageRow[] {
  if (listed) return listed[analyzer] ?? [];
  const { distributions }: PackageKind = packageKinds[analyzer];
  return packages.filter(({ distribution }) => distributions.includes(distribution)).map(rowOf);
}

/** Packages as container-diff compares them: by name, and where a name may be there twice by its place. */
export function packagesDiff(
  before: readonly PackageRow[],
  after: readonly PackageRow[],
  isMulti: boolean,
): PackagesDiff {
  const [one, other] = [byName(before), byName(after)];
  const only = (names: Names, others: Names) =>
    [...names].flatMap(([name, rows]) => (others.has(name) ? [] : isMulti ? rows : rows.slice(-1)));
  const shared = [...one.keys()].filter((name) => other.has(name)).sort();
  const infos = shared.flatMap((name) => {
    const [rows, otherRows] = [one.get(name) ?? [], other.get(name) ?? []];
    const info = isMulti ? multiInfo(rows, otherRows) : singleInfo(rows.at(-1), otherRows.at(-1));
    return info ? [{ Package: name, ...info }] : [];
  });
  return {
    Packages1: listed(only(one, other), isMulti),
    Packages2: listed(only(other, one), isMulti),
    InfoDiff: infos,
  };
}

/** Packages in its order; of those whose name may be there only once the last. */
export function packagesList(rows: readonly PackageRow[], isMulti: boolean): PackageRow[] {
  return listed(isMulti ? rows : [...byName(rows).values()].flatMap((each) => each.slice(-1)), isMulti);
}

function listed(rows: readonly PackageRow[], isMulti: boolean): PackageRow[] {
  return [...rows].sort(inOrder).map((row) => shown(row, isMulti));
}

type Names = Map<string, PackageRow[]>;

function byName(rows: readonly PackageRow[]): Names {
  const names: Names = new Map();
  for (const row of rows) {
    const known = names.get(row.Name);
    if (known) known.push(row);
    else names.set(row.Name, [row]);
  }
  return names;
}

function rowOf({ distribution, name, version, at, size = -1 }: PackageFact): PackageRow {
  const Version =
    distribution === 'debian' ? withSpace(version) : distribution === 'rpm' ? withoutEpoch(version) : version;
  return { Name: name, ...(at !== undefined && { Path: at }), Version, Size: size };
}

/** The first plus of a version of Debian is a space there, since it was read as a query of an address is. */
export function withSpace(version: string): string {
  return version.replace('+', ' ');
}

/** rpm is asked for `%{VERSION}-%{RELEASE}`. */
export function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, '');
}

function shown({ Path, ...row }: PackageRow, isMulti: boolean): PackageRow {
  return isMulti && Path !== undefined ? { Name: row.Name, Path, Version: row.Version, Size: row.Size } : row;
}

function singleInfo(one: PackageRow | undefined, other: PackageRow | undefined) {
  if (!one || !other || one.Version === other.Version) return undefined;
  return { Info1: infoOf(one), Info2: infoOf(other) };
}

function multiInfo(rows: readonly PackageRow[], otherRows: readonly PackageRow[]) {
  const isSame = (one: PackageRow, other: PackageRow) => one.Path === other.Path && one.Version === other.Version;
  const Info1 = rows.filter((row) => !otherRows.some((other) => isSame(row, other)));
  const Info2 = otherRows.filter((row) => !rows.some((other) => isSame(other, row)));
  if (Info1.length === 0 && Info2.length === 0) return undefined;
  return { Info1: Info1.sort(inOrder).map(infoOf), Info2: Info2.sort(inOrder).map(infoOf) };
}

function infoOf({ Version, Size }: PackageRow): PackageInfo {
  return { Version, Size };
}

function inOrder(a: PackageRow, b: PackageRow): number {
  const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return order(a.Name, b.Name) || order(a.Version, b.Version) || b.Size - a.Size;
}
