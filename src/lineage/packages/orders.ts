import { loadDistribution } from '../../distributions/load.js';
import type { PackageFact, SourceFacts } from '../../sources/facts.js';

/** How versions of each distribution are ordered, by its package manager's own rules. */
export type VersionOrders = ReadonlyMap<string, (a: string, b: string) => number>;

export async function versionOrders(facts: Iterable<SourceFacts>): Promise<VersionOrders> {
  const names = new Set<string>();
  for (const { packages = [] } of facts) for (const { distribution } of packages) names.add(distribution);
  const orders = new Map<string, (a: string, b: string) => number>();
  for (const name of names) {
    const module = await loadDistribution(name);
    if (module) orders.set(name, module.compareVersions);
  }
  return orders;
}

/** Negative where the first is older; undefined where nobody can tell, or they are neither. */
export function orderOf(orders: VersionOrders, distribution: string, a: string, b: string): number | undefined {
  if (a === b) return 0;
  const order = orders.get(distribution)?.(a, b);
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
