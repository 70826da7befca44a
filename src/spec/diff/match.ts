import type { ComparablePackage } from './comparable.js';

/** What two specs have of one package. */
export interface Pair {
  readonly before: ComparablePackage | undefined;
  readonly after: ComparablePackage | undefined;
}

/** Orders two versions of one distribution; undefined where they have no order. */
export type VersionOrder = (distribution: string, one: string, other: string) => number | undefined;

type KeyOf = (each: ComparablePackage) => string | undefined;

/**
 * What is the same package in both: first what says that it is, wherever it lies; then by name, architecture and place,
 * of several versions the equal ones; then, where only one is left of a name on either side, whatever else differs.
 */
export function matchPackages(
  before: readonly ComparablePackage[],
  after: readonly ComparablePackage[],
  orderOf: VersionOrder,
): Pair[] {
  const left = new Set(distinct(before));
  const right = new Set(distinct(after));
  const pairs: Pair[] = [];
  const join = (one: ComparablePackage, other: ComparablePackage) => {
    left.delete(one);
    right.delete(other);
    pairs.push({ before: one, after: other });
  };
  const whole: KeyOf = ({ distribution, name, architecture, at, identity }) =>
    key(distribution, name, architecture, at, identity);
  const exact: readonly KeyOf[] = [
    ({ distribution, identity }) => identity && key(distribution, identity),
    (each) => key(whole(each), each.version, each.build),
    (each) => key(whole(each), each.version),
  ];
  for (const keyOf of exact) {
    for (const [ones, others] of groupsOf(left, right, keyOf)) {
      for (let at = 0; at < Math.min(ones.length, others.length); at++) {
        join(ones[at] as ComparablePackage, others[at] as ComparablePackage);
      }
    }
  }
  // Of several versions in each the lowest belong together, and so on.
  for (const [ones, others] of groupsOf(left, right, whole)) {
    const [lower, upper] = [ones, others].map((group) => group.toSorted((a, b) => byVersion(a, b, orderOf)));
    for (let at = 0; at < Math.min(ones.length, others.length); at++) {
      join(lower?.[at] as ComparablePackage, upper?.[at] as ComparablePackage);
    }
  }
  const loose: readonly KeyOf[] = [
    ({ distribution, name, at }) => key(distribution, name, at),
    ({ distribution, name, architecture }) => key(distribution, name, architecture),
    ({ distribution, name }) => key(distribution, name),
  ];
  for (const keyOf of loose) {
    for (const [ones, others] of groupsOf(left, right, keyOf)) {
      const [one] = ones;
      const [other] = others;
      const isOther = one?.identity !== undefined && other?.identity !== undefined;
      if (one && other && !isOther && ones.length === 1 && others.length === 1) join(one, other);
    }
  }
  return [
    ...pairs,
    ...[...left].map((each) => ({ before: each, after: undefined })),
    ...[...right].map((each) => ({ before: undefined, after: each })),
  ];
}

/** A package may be listed by several distributions of one kind, or twice. */
function distinct(packages: readonly ComparablePackage[]): ComparablePackage[] {
  const seen = new Map<string, ComparablePackage>();
  for (const each of packages) {
    const { distribution, name, architecture, at, version, constraint, build, identity } = each;
    seen.set(key(distribution, name, architecture, at, version, constraint, build, identity), each);
  }
  return [...seen.values()];
}

function groupsOf(left: ReadonlySet<ComparablePackage>, right: ReadonlySet<ComparablePackage>, keyOf: KeyOf) {
  const [ones, others] = [left, right].map((packages) => {
    const groups = new Map<string, ComparablePackage[]>();
    for (const each of packages) {
      const name = keyOf(each);
      if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), each]);
    }
    return groups;
  });
  return [...(ones ?? [])].flatMap(([name, group]) => {
    const same = others?.get(name);
    return same ? [[group, same] as const] : [];
  });
}

function byVersion(a: ComparablePackage, b: ComparablePackage, orderOf: VersionOrder): number {
  const [one, other] = [a.version ?? '', b.version ?? ''];
  return orderOf(a.distribution, one, other) ?? (one < other ? -1 : one > other ? 1 : 0);
}

function key(...parts: readonly (string | undefined)[]): string {
  return JSON.stringify(parts);
}
