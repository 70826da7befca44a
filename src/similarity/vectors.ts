import { comparePaths } from '../model/file-path.js';
import type { PackageLevel } from './levels.js';
import { type KnownPackages, packageKeyAt } from './package-features.js';

/** Which source (`Y`) has which package (`X`): 1 or 0. */
export interface PackageVectors {
  readonly data: readonly (readonly number[])[];
  readonly X: readonly string[];
  readonly Y: readonly string[];
}

export function vectorsOf(
  names: readonly string[],
  environments: readonly KnownPackages[],
  level: PackageLevel,
): PackageVectors {
  const having = environments.map((packages = []) => new Set(packages.map((each) => packageKeyAt(each, level))));
  const columns = [...new Set(having.flatMap((keys) => [...keys]))].sort(comparePaths);
  return { data: having.map((keys) => columns.map((key) => Number(keys.has(key)))), X: columns, Y: names };
}

/** Packages as a tree: below the root the distributions, below these the packages by name, and their versions. */
export interface PackageNode {
  readonly name: string;
  /** The sources that have it. */
  readonly tags: readonly string[];
  readonly children: readonly PackageNode[];
}

/** Only of packages whose text with the version is among those to `keep`. */
export function packageTreeOf(
  names: readonly string[],
  environments: readonly KnownPackages[],
  keep: ReadonlySet<string>,
): PackageNode {
  const rows = environments.flatMap((packages = [], tag) =>
    packages.flatMap((each) => {
      const { distribution, name, version } = each;
      return keep.has(packageKeyAt(each, 'package+version')) ? [{ way: [distribution, name, version], tag }] : [];
    }),
  );
  return nodeOf('/', rows, names, 0);
}

/** A line for each, below what it belongs to, with how many of all sources have it. */
export function formatPackageTree({ children }: PackageNode, sources: number, depth = 0): string {
  return children
    .flatMap((child) => {
      const line = `${'  '.repeat(depth)}${child.name}  ${child.tags.length} of ${sources}`;
      return child.children.length === 0 ? [line] : [line, formatPackageTree(child, sources, depth + 1)];
    })
    .join('\n');
}

interface Row {
  readonly way: readonly string[];
  readonly tag: number;
}

function nodeOf(name: string, rows: readonly Row[], names: readonly string[], depth: number): PackageNode {
  const below = new Map<string, Row[]>();
  for (const row of rows) {
    const part = row.way[depth];
    if (part === undefined) continue;
    const known = below.get(part);
    if (known) known.push(row);
    else below.set(part, [row]);
  }
  const tags = [...new Set(rows.map(({ tag }) => tag))].sort((a, b) => a - b);
  return {
    name,
    tags: tags.map((tag) => names[tag] ?? ''),
    children: [...below]
      .sort(([a], [b]) => comparePaths(a, b))
      .map(([part, some]) => nodeOf(part, some, names, depth + 1)),
  };
}
