import { isBaseModule } from '../../distributions/base-of.js';
import { loadDistribution } from '../../distributions/load.js';
import type { PackageFact, SourceFacts } from '../../sources/facts.js';

/** What is known of a package manager beside its packages. */
export interface Manager {
  /** Whether it is that of a whole system: what it has installed is upgraded in a child, but not taken back. */
  readonly isSystem: boolean;
  /** By its own rules. */
  compareVersions(a: string, b: string): number;
}

/** By their distributions. */
export type Managers = ReadonlyMap<string, Manager>;

/** The managers of all packages that facts tell of. */
export async function loadManagers(facts: Iterable<SourceFacts>): Promise<Managers> {
  const names = new Set<string>();
  for (const { packages = [] } of facts) for (const { distribution } of packages) names.add(distribution);
  const managers = new Map<string, Manager>();
  for (const name of names) {
    const module = await loadDistribution(name);
    if (module) managers.set(name, { isSystem: isBaseModule(module), compareVersions: module.compareVersions });
  }
  return managers;
}

/** Negative where the first is older; undefined where nobody can tell, or they are neither. */
export function orderOf(managers: Managers, distribution: string, a: string, b: string): number | undefined {
  if (a === b) return 0;
  const order = managers.get(distribution)?.compareVersions(a, b);
  return order === undefined || Number.isNaN(order) ? undefined : order;
}

/** The same package at any version. */
export function packageKey({ distribution, name, architecture, at }: PackageFact): string {
  return [distribution, name, architecture ?? '', at ?? ''].join('\0');
}

/** Packages by what they are; of one that is there at several versions (kernels, say) all. */
export function packagesByKey(packages: readonly PackageFact[]): Map<string, PackageFact[]> {
  const found = new Map<string, PackageFact[]>();
  for (const each of packages) {
    const key = packageKey(each);
    const same = found.get(key);
    if (same) same.push(each);
    else found.set(key, [each]);
  }
  return found;
}
