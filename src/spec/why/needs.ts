import { loadDistribution } from '../../distributions/load.js';
import { showPath } from '../../model/file-path.js';
import { type LockedPackage as HalfPackage, needsAmong } from '../../model/lock-half.js';
import type { PackageRef } from '../../model/owner.js';
import type { Lock } from '../document/schema.js';

/** One package of a lock. */
export interface LockedPackage {
  readonly distribution: string;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string | undefined;
  readonly at?: string | undefined;
  readonly used: boolean;
  readonly certainty?: string | undefined;
  readonly problems: readonly string[];
  readonly essential: boolean;
}

/** Who cannot do without whom, as the lock has it. */
export interface Needs {
  readonly packages: readonly LockedPackage[];
  /** Whether any package says what it needs: a hand-written spec may have none that does. */
  readonly areKnown: boolean;
  dependents(of: LockedPackage): readonly LockedPackage[];
  /** The package of the lock that a path's owner is. */
  named(reference: PackageRef | undefined): LockedPackage | undefined;
  /** From a used package to this one, each needing the next: the shortest way; undefined where none leads there. */
  chainTo(needed: LockedPackage): readonly LockedPackage[] | undefined;
}

/** Reads the dependencies between all packages of a lock, those between distributions among them. */
export async function needsOf(lock: Lock): Promise<Needs> {
  const packages: LockedPackage[] = [];
  const dependents = new Map<LockedPackage, LockedPackage[]>();
  const add = (needed: LockedPackage | undefined, by: LockedPackage) => {
    if (needed === undefined || needed === by) return;
    const known = dependents.get(needed);
    if (known) known.push(by);
    else dependents.set(needed, [by]);
  };
  let areKnown = false;
  const halves = lock.distributions.map((half) => {
    const own = new Map((half.packages ?? []).map((each) => [each, lockedPackage(half.name, each)]));
    packages.push(...own.values());
    return { half, own };
  });
  for (const { half, own } of halves) {
    const neededBy = needsAmong(half);
    for (const [each, locked] of own) {
      areKnown ||= each.needs !== undefined;
      for (const needed of neededBy(each)) add(own.get(needed), locked);
    }
    const module = await loadDistribution(half.name);
    for (const need of module?.needs?.(half) ?? []) {
      if (!('name' in need)) continue;
      const found = packages.find((one) => one.distribution === need.distribution && namesOf(one).includes(need.name));
      for (const locked of own.values()) if (locked.used) add(found, locked);
    }
  }
  return {
    packages,
    areKnown,
    dependents: (of) => [...new Set(dependents.get(of) ?? [])],
    named: (reference) => namedIn(packages, reference),
    chainTo: (needed) => shortest(needed, dependents),
  };
}

/** Of several that differ in nothing else, the one of that version. */
function namedIn(packages: readonly LockedPackage[], reference: PackageRef | undefined): LockedPackage | undefined {
  if (reference === undefined) return undefined;
  const { distribution, name, architecture, at } = reference;
  const found = packages.filter(
    (each) =>
      each.distribution === distribution &&
      each.name === name &&
      (each.architecture ?? architecture) === architecture &&
      (each.at === undefined || at === undefined || each.at === showPath(at)),
  );
  return found.find(({ version }) => version === reference.version) ?? found[0];
}

function shortest(
  needed: LockedPackage,
  dependents: ReadonlyMap<LockedPackage, readonly LockedPackage[]>,
): readonly LockedPackage[] | undefined {
  const next = new Map<LockedPackage, LockedPackage | undefined>([[needed, undefined]]);
  for (const [at] of next) {
    if (at.used && at !== needed) {
      const chain: LockedPackage[] = [];
      for (let step: LockedPackage | undefined = at; step !== undefined; step = next.get(step)) chain.push(step);
      return chain;
    }
    for (const by of dependents.get(at) ?? []) if (!next.has(by)) next.set(by, at);
  }
  return undefined;
}

function lockedPackage(distribution: string, each: HalfPackage): LockedPackage {
  const { name, version, architecture, at, used = false, certainty, problems = [], essential = false } = each;
  return { distribution, name, version, architecture, at, used, certainty, problems, essential };
}

function namesOf({ name, architecture }: LockedPackage): string[] {
  return architecture === undefined ? [name] : [name, `${name}:${architecture}`];
}
