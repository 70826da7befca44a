import { loadDistribution } from '../distributions/load.js';
import { compareLoosely } from '../packaging/prefix/kind.js';
import type { PackageFact } from '../sources/facts.js';

/** `changed`: to a version of which nobody can say whether it is newer. `origin`: from another archive. */
export const packageKinds = ['upgraded', 'downgraded', 'changed', 'added', 'removed', 'origin', 'place'] as const;

export interface PackageChange {
  readonly kind: (typeof packageKinds)[number];
  readonly distribution: string;
  readonly name: string;
  readonly before?: PackageFact;
  readonly after?: PackageFact;
}

type CompareVersions = (a: string, b: string) => number;

/** What became of the packages, in the order of their distributions and names; each manager orders its own versions. */
export async function comparePackages(
  before: readonly PackageFact[],
  after: readonly PackageFact[],
): Promise<PackageChange[]> {
  const changes: PackageChange[] = [];
  const others = byKey(after, nameOf);
  const names = byKey(before, nameOf);
  for (const key of new Set([...names.keys(), ...others.keys()])) {
    const [one, other] = [names.get(key) ?? [], others.get(key) ?? []];
    const { distribution } = (one[0] ?? other[0]) as PackageFact;
    const order = (await loadDistribution(distribution))?.compareVersions ?? compareLoosely;
    changes.push(...changesOfName(one, other, order));
  }
  return changes.sort(inOrder);
}

/** Of all packages of one name: the same place first, then any place with the same version, then what is left. */
function changesOfName(
  before: readonly PackageFact[],
  after: readonly PackageFact[],
  order: CompareVersions,
): PackageChange[] {
  const pairs: (readonly [PackageFact, PackageFact])[] = [];
  const rest = { before: [...before], after: [...after] };
  for (const isPair of [isSame, isVersionAtPlace, isVersion, isPlace, isArchitecture]) {
    for (const one of [...rest.before]) {
      const other = rest.after.find((each) => isPair(one, each));
      if (!other) continue;
      rest.before.splice(rest.before.indexOf(one), 1);
      rest.after.splice(rest.after.indexOf(other), 1);
      pairs.push([one, other]);
    }
  }
  return [
    ...pairs.flatMap(([one, other]) => changeOf(one, other, order) ?? []),
    ...rest.before.map((one) => ({ kind: 'removed' as const, ...namesOf(one), before: one })),
    ...rest.after.map((other) => ({ kind: 'added' as const, ...namesOf(other), after: other })),
  ];
}

function changeOf(before: PackageFact, after: PackageFact, order: CompareVersions): PackageChange | undefined {
  const change = { ...namesOf(after), before, after };
  if (before.version !== after.version) return { kind: direction(before.version, after.version, order), ...change };
  if (before.at !== after.at || before.architecture !== after.architecture) return { kind: 'place', ...change };
  const isElsewhere = before.origin !== undefined && after.origin !== undefined && before.origin !== after.origin;
  return isElsewhere ? { kind: 'origin', ...change } : undefined;
}

function direction(before: string, after: string, order: CompareVersions): 'upgraded' | 'downgraded' | 'changed' {
  // Hashes of commits have no order.
  const isHash = (version: string) => /^(?=.*[a-f])(?=.*\d)[0-9a-f]{7,64}$/.test(version);
  if (isHash(before) && isHash(after)) return 'changed';
  const way = order(before, after);
  return way < 0 ? 'upgraded' : way > 0 ? 'downgraded' : 'changed';
}

function isSame(one: PackageFact, other: PackageFact): boolean {
  return isVersionAtPlace(one, other) && one.origin === other.origin;
}

function isVersionAtPlace(one: PackageFact, other: PackageFact): boolean {
  return isVersion(one, other) && isPlace(one, other);
}

function isVersion(one: PackageFact, other: PackageFact): boolean {
  return one.version === other.version && isArchitecture(one, other);
}

function isPlace(one: PackageFact, other: PackageFact): boolean {
  return one.at === other.at && isArchitecture(one, other);
}

/** Not every list tells it. */
function isArchitecture(one: PackageFact, other: PackageFact): boolean {
  return one.architecture === other.architecture || one.architecture === undefined || other.architecture === undefined;
}

function nameOf({ distribution, name }: PackageFact): string {
  return `${distribution} ${name}`;
}

function namesOf({ distribution, name }: PackageFact): Pick<PackageFact, 'distribution' | 'name'> {
  return { distribution, name };
}

function byKey(packages: readonly PackageFact[], keyOf: (fact: PackageFact) => string): Map<string, PackageFact[]> {
  const found = new Map<string, PackageFact[]>();
  for (const each of packages) {
    const known = found.get(keyOf(each));
    if (known) known.push(each);
    else found.set(keyOf(each), [each]);
  }
  return found;
}

function inOrder(a: PackageChange, b: PackageChange): number {
  const text = ({ distribution, name, before, after }: PackageChange) => [
    distribution,
    name,
    (after ?? before)?.version,
  ];
  const [one, other] = [text(a).join('\0'), text(b).join('\0')];
  return one < other ? -1 : one > other ? 1 : 0;
}
