import type { DistributionModule } from './distribution.js';
import { distributions, isDistribution } from './registry.js';

/** The module of that name, with its two halves seen as plain named values; undefined where there is none. */
export async function loadDistribution(name: string): Promise<DistributionModule | undefined> {
  return isDistribution(name) ? await distributions[name]() : undefined;
}

/** Every module, in the order of the registry. */
export async function loadDistributions(): Promise<DistributionModule[]> {
  return await Promise.all(Object.values(distributions).map((load) => load()));
}
