import { distributions } from '../../distributions/registry.js';
import { canonicalJson } from '../../hash.js';
import { type LockedPackage, type LockHalf, namingFields, packageKey } from '../../model/lock-half.js';

/** A package that is not of one version in both. */
export interface VersionConflict {
  readonly name: string;
  readonly versions: readonly [one: string, other: string];
}

/** Packages that two locks have at different versions: no environment can have both. */
export function versionConflicts(one: readonly LockHalf[], other: readonly LockHalf[]): VersionConflict[] {
  return one.flatMap((half) => {
    const same = other.find(({ name }) => name === half.name);
    if (same === undefined) return [];
    const [before, after] = [versionsOf(half), versionsOf(same)];
    return [...after].flatMap(([key, { name, versions }]) => {
      const known = before.get(key)?.versions;
      if (known === undefined || [...versions].some((version) => known.has(version))) return [];
      return [{ name: `${half.name} ${name}`, versions: [list(known), list(versions)] as const }];
    });
  });
}

/** A package may be there several times where its manager lets it: then one version in common is enough. */
function versionsOf(half: LockHalf): Map<string, { readonly name: string; readonly versions: Set<string> }> {
  const found = new Map<string, { name: string; versions: Set<string> }>();
  for (const each of half.packages ?? []) {
    const { name, at, version } = each;
    const key = packageKey(each, half);
    const known = found.get(key) ?? { name: at === undefined ? name : `${name} in ${at}`, versions: new Set<string>() };
    known.versions.add(version);
    found.set(key, known);
  }
  return found;
}

function list(versions: ReadonlySet<string>): string {
  return [...versions].sort().join(' and ');
}

/** Both lists of halves as one, by the names of their distributions and in the order of the registry. */
export function mergeHalves<Half extends { readonly name: string }>(
  one: readonly Half[],
  other: readonly Half[],
): Half[] {
  const halves = united(one, other) as Half[];
  const order = Object.keys(distributions);
  return halves.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** The exact halves as one; of a package that both have, the later record counts unless it is of no use. */
export function mergeLocks(one: readonly LockHalf[], other: readonly LockHalf[]): LockHalf[] {
  const before = new Map(one.map((half) => [half.name, recordsOf(half)]));
  const after = new Map(other.map((half) => [half.name, recordsOf(half)]));
  return mergeHalves(one, other).map((half) => {
    if (half.packages === undefined) return half;
    const packages = half.packages.map((each) => {
      const key = identity(each);
      const records = [after.get(half.name)?.get(key), before.get(half.name)?.get(key)].flatMap((found) => found ?? []);
      const chosen = records.find(isOfUse) ?? records[0] ?? each;
      return { ...chosen, ...(records.some(({ used }) => used) ? { used: true } : {}) };
    });
    return { ...half, packages };
  });
}

function isOfUse({ certainty, problems = [] }: LockedPackage): boolean {
  return certainty !== 'unknown' && problems.length === 0;
}

function recordsOf({ packages = [] }: LockHalf): Map<string, LockedPackage> {
  return new Map(packages.map((each) => [identity(each), each]));
}

/**
 * The union of two values of one shape, whatever distribution they are of: of lists by what their items are called, of
 * objects by their keys; of single values the later one, and of yes and no yes.
 */
function united(one: unknown, other: unknown): unknown {
  if (other === undefined) return one;
  if (Array.isArray(one) && Array.isArray(other)) return unitedLists(one, other);
  if (isObject(one) && isObject(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return Object.fromEntries(keys.map((key) => [key, united(one[key], other[key])]));
  }
  return typeof one === 'boolean' ? one || other : other;
}

/** Lists that are sorted stay so. */
function unitedLists(one: readonly unknown[], other: readonly unknown[]): unknown[] {
  const items = new Map<string, unknown>();
  for (const item of [...one, ...other]) {
    const name = identity(item);
    items.set(name, items.has(name) ? united(items.get(name), item) : item);
  }
  const all = [...items];
  const isOrdered = [one, other].every((list) => isSorted(list.map(identity)));
  return (isOrdered ? all.sort(([a], [b]) => (a < b ? -1 : 1)) : all).map(([, item]) => item);
}

/** What an item of a list is called in a spec; one without a name is what it is. */
function identity(item: unknown): string {
  if (!isObject(item)) return JSON.stringify(item);
  const names = namingFields.map((key) => item[key] ?? '');
  return names.some((name) => name !== '') ? JSON.stringify(names) : canonicalJson(item);
}

function isSorted(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') <= name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
