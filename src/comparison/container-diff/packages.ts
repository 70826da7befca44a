import type { PackageFact } from '../../sources/facts.js';

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

/** One analyzer of container-diff: the distributions whose packages it lists, and whether a name may be there twice. */
export interface PackageAnalyzer {
  readonly title: string;
  readonly distributions: readonly string[];
  readonly isMulti: boolean;
}

export const packageKinds = {
  apt: { title: 'Apt', distributions: ['debian'], isMulti: false },
  rpm: { title: 'RPM', distributions: ['rpm'], isMulti: false },
  pip: { title: 'Pip', distributions: ['python'], isMulti: true },
  node: { title: 'Node', distributions: ['npm', 'yarn'], isMulti: true },
} as const satisfies Record<string, PackageAnalyzer>;

/** Packages as container-diff compares them: by name, and where a name may be there twice by its place. */
export function packagesDiff(
  before: readonly PackageFact[],
  after: readonly PackageFact[],
  { distributions, isMulti }: PackageAnalyzer,
): PackagesDiff {
  const [one, other] = [before, after].map((facts) =>
    byName(facts.filter(({ distribution }) => distributions.includes(distribution))),
  ) as [Names, Names];
  const only = (names: Names, others: Names) =>
    [...names].flatMap(([name, rows]) => (others.has(name) ? [] : isMulti ? rows : rows.slice(-1)));
  const shared = [...one.keys()].filter((name) => other.has(name)).sort();
  const infos = shared.flatMap((name) => {
    const [rows, otherRows] = [one.get(name) ?? [], other.get(name) ?? []];
    const info = isMulti ? multiInfo(rows, otherRows) : singleInfo(rows.at(-1), otherRows.at(-1));
    return info ? [{ Package: name, ...info }] : [];
  });
  return {
    Packages1: only(one, other)
      .sort(inOrder)
      .map((row) => shown(row, isMulti)),
    Packages2: only(other, one)
      .sort(inOrder)
      .map((row) => shown(row, isMulti)),
    InfoDiff: infos,
  };
}

type Names = Map<string, PackageRow[]>;

function byName(facts: readonly PackageFact[]): Names {
  const names: Names = new Map();
  for (const fact of facts) names.set(fact.name, [...(names.get(fact.name) ?? []), rowOf(fact)]);
  return names;
}

/** The first plus of a version of Debian is a space there, since it was read as a query of an address is. */
function rowOf({ distribution, name, version, at, size = -1 }: PackageFact): PackageRow {
  const Version = distribution === 'debian' ? version.replace('+', ' ') : version;
  return { Name: name, ...(at !== undefined && { Path: at }), Version, Size: size };
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
