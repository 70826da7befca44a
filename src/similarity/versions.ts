import { loadDistribution } from '../distributions/load.js';
import { comparePaths } from '../model/file-path.js';
import type { PackageFact } from '../sources/facts.js';

/** How a package differs between two environments that both have it. */
export const versionChanges = ['upgraded', 'downgraded', 'other'] as const;
export type VersionChange = (typeof versionChanges)[number];

/** Packages of two environments: those that both have, apart from those that only one has. */
export interface PackageComparison {
  readonly both: number;
  readonly sameVersion: number;
  readonly upgraded: number;
  readonly downgraded: number;
  /** Of another version whose order nobody knows, or of several versions. */
  readonly other: number;
  readonly onlyOne: number;
  readonly onlyOther: number;
  /** Packages that both have, by all: 1 of the same packages, whatever their versions. */
  readonly score: number;
  /** As `score`, where a package of another version counts by how near that is (`versionNearness`). */
  readonly scoreByVersion: number;
  readonly changed: readonly {
    readonly distribution: string;
    readonly name: string;
    readonly from: readonly string[];
    readonly to: readonly string[];
    readonly change: VersionChange;
  }[];
}

/** From the first to the second; a package is one by its distribution and name, of whatever architecture and place. */
export async function comparePackages(
  one: readonly PackageFact[],
  other: readonly PackageFact[],
): Promise<PackageComparison> {
  const [before, after] = [versionsByPackage(one), versionsByPackage(other)];
  const changed: PackageComparison['changed'][number][] = [];
  let [both, near] = [0, 0];
  for (const [key, { distribution, name, versions: from }] of [...before].sort(([a], [b]) => comparePaths(a, b))) {
    const to = after.get(key)?.versions;
    if (to === undefined) continue;
    both += 1;
    near += nearnessOfAny(from, to);
    if (from.join('\0') === to.join('\0')) continue;
    changed.push({ distribution, name, from, to, change: await changeOf(distribution, from, to) });
  }
  const all = before.size + after.size - both;
  const times = (change: VersionChange) => changed.filter((each) => each.change === change).length;
  return {
    ...{ both, sameVersion: both - changed.length },
    ...{ upgraded: times('upgraded'), downgraded: times('downgraded'), other: times('other') },
    ...{ onlyOne: before.size - both, onlyOther: after.size - both },
    ...{ score: all === 0 ? 0 : both / all, scoreByVersion: all === 0 ? 0 : near / all },
    changed,
  };
}

/**
 * How near two versions of a package are: 1 + the parts that are equal from the left on, by 1 + the parts of the longer.
 * Parts are runs of digits or letters, so that 1.2.3 and 1.2.4 are nearer than 1.2.3 and 2.0; an epoch is the first part.
 */
export function versionNearness(one: string, other: string): number {
  if (one === other) return 1;
  const [a, b] = [partsOf(one), partsOf(other)];
  const longest = Math.max(a.length, b.length);
  let equal = 0;
  while (equal < longest && a[equal] === b[equal]) equal++;
  // Versions that differ in nothing but what stands between their parts are not the same all the same.
  return Math.min(1 + equal, longest) / (1 + longest);
}

function partsOf(version: string): string[] {
  const withEpoch = /^\d+[:!]/.test(version) ? version : `0:${version}`;
  return withEpoch.match(/\d+|[A-Za-z]+/g) ?? [];
}

/** Of several versions each counts by the nearest on the other side, both ways. */
function nearnessOfAny(one: readonly string[], other: readonly string[]): number {
  const nearest = (version: string, among: readonly string[]) =>
    Math.max(...among.map((each) => versionNearness(version, each)));
  const sum = (some: readonly string[], among: readonly string[]) =>
    some.reduce((total, version) => total + nearest(version, among), 0);
  return (sum(one, other) + sum(other, one)) / (one.length + other.length);
}

async function changeOf(
  distribution: string,
  [from = '', ...more]: readonly string[],
  [to = '', ...others]: readonly string[],
): Promise<VersionChange> {
  const module = more.length + others.length === 0 ? await loadDistribution(distribution) : undefined;
  const order = module?.compareVersions(from, to) ?? 0;
  if (order === 0 || Number.isNaN(order)) return 'other';
  return order < 0 ? 'upgraded' : 'downgraded';
}

interface Versions {
  readonly distribution: string;
  readonly name: string;
  /** Each once, in the order of their bytes. */
  readonly versions: readonly string[];
}

function versionsByPackage(packages: readonly PackageFact[]): Map<string, Versions> {
  const found = new Map<string, Versions>();
  for (const { distribution, name, version } of packages) {
    const key = `${distribution} ${name}`;
    const versions = new Set(found.get(key)?.versions).add(version);
    found.set(key, { distribution, name, versions: [...versions].sort(comparePaths) });
  }
  return found;
}
