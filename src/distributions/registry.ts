import type { DistributionModule } from './distribution.js';

/**
 * Every distribution, loaded when first asked for; the key is the folder's name. From the ground up: what others stand
 * on comes before them, and has what several of them claim.
 */
export const distributions = {
  debian: async () => (await import('./debian/index.js')).debian,
} as const satisfies Record<string, () => Promise<DistributionModule>>;

export type DistributionName = keyof typeof distributions;

export function isDistribution(name: string): name is DistributionName {
  return Object.hasOwn(distributions, name);
}
