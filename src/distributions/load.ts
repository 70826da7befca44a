import type { DistributionModule } from '../packaging/distribution.js';
import { pythonBytecode } from '../packaging/python-bytecode.js';
import type { Variation } from '../packaging/variation.js';
import { type DistributionName, distributions, isDistribution } from './registry.js';

/** The module of that name, with its two halves seen as plain named values; undefined where there is none. */
export async function loadDistribution(name: string): Promise<DistributionModule | undefined> {
  return isDistribution(name) ? load(name) : undefined;
}

/** Every module, in the order of the registry. */
export async function loadDistributions(): Promise<DistributionModule[]> {
  return await Promise.all(Object.keys(distributions).filter(isDistribution).map(load));
}

const loaded = new Map<DistributionName, Promise<DistributionModule>>();

/** Once: even of a module that is there already an import is looked up again. */
function load(name: DistributionName): Promise<DistributionModule> {
  const known = loaded.get(name) ?? distributions[name]();
  loaded.set(name, known);
  return known;
}

/** Kinds of files that programs make anew on every machine, whatever distribution the programs are of. */
export const generators: readonly Variation[] = [pythonBytecode];

/** All that may differ between two honest builds of an environment of these distributions, beside the general rules. */
export async function loadVariations(names: readonly string[]): Promise<readonly Variation[]> {
  const modules = await Promise.all([...new Set(names)].map(loadDistribution));
  return [...generators, ...modules.flatMap((module) => module ?? [])];
}
