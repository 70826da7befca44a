import type { LockedPackage, LockHalf } from '../../model/lock-half.js';
import type { PackageRef } from '../../model/owner.js';

export interface ShrunkHalf {
  readonly half: LockHalf;
  readonly dropped: readonly LockedPackage[];
}

/**
 * A half with only the packages that were used, those that they need, and those that are there for no package's sake:
 * what is essential, and what makes a machine of it.
 */
export function shrinkHalf(half: LockHalf, used: readonly PackageRef[]): ShrunkHalf {
  const { packages = [], architecture: main } = half;
  const isUsed = (each: LockedPackage) =>
    used.some(
      ({ distribution, name, architecture, at }) =>
        distribution === half.name &&
        name === each.name &&
        at === each.at &&
        (architecture ?? main) === (each.architecture ?? main),
    );
  const needed = neededBy(packages);
  const isOfOthers = new Set(packages.flatMap(needed));
  const isOwn = (each: LockedPackage) =>
    each['essential'] === true || (each.used !== true && !isOfOthers.has(each)) || isUsed(each);
  const kept = new Set(packages.filter(isOwn));
  for (const each of kept) for (const other of needed(each)) kept.add(other);
  const shrunk = packages.filter((each) => kept.has(each));
  return {
    half: {
      ...half,
      ...(half.packages && { packages: shrunk.map((each) => (each.used ? { ...each, used: isUsed(each) } : each)) }),
    },
    dropped: packages.filter((each) => !kept.has(each)),
  };
}

/** As the lock says it: at the same place by name or with the architecture, at another by that place. */
function neededBy(packages: readonly LockedPackage[]): (each: LockedPackage) => LockedPackage[] {
  const byName = new Map<string, LockedPackage[]>();
  for (const each of packages) {
    const { name, architecture, at } = each;
    for (const key of [JSON.stringify([name, at]), JSON.stringify([`${name}:${architecture}`, at]), at]) {
      if (key !== undefined) byName.set(key, [...(byName.get(key) ?? []), each]);
    }
  }
  return ({ needs = [], at }) =>
    needs.flatMap((need) => byName.get(JSON.stringify([need, at])) ?? byName.get(need) ?? []);
}
