import type { Offer } from '../archives/ladder.js';
import type { Machine } from '../machines/machine.js';
import type { PlannedPackage } from '../model/plan.js';
import { loadDistribution } from './load.js';

type Ask = (planned: PlannedPackage) => Offer;

/** What a machine has of planned packages, as their distributions know it; nothing is read before it is asked. */
export function offersOf(host: Machine): (planned: PlannedPackage) => Promise<Offer> {
  const asks = new Map<string, Promise<Ask>>();
  return async (planned) => {
    const ask = asks.get(planned.distribution) ?? open(planned.distribution, host);
    asks.set(planned.distribution, ask);
    return (await ask)(planned);
  };
}

async function open(distribution: string, host: Machine): Promise<Ask> {
  const module = await loadDistribution(distribution);
  return (await module?.offers?.(host)) ?? (() => ({ files: [], urls: [] }));
}
