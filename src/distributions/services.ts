import type { Inquiry } from '../archives/service.js';
import type { Machine } from '../machines/machine.js';
import type { PlannedPackage } from '../model/plan.js';
import { loadDistribution } from './load.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The services that may still have these packages, as their distributions know them. */
export async function servicesFor(
  packages: readonly PlannedPackage[],
  host: Machine,
  environment: Environment = process.env,
): Promise<readonly Inquiry[]> {
  const inquiries: Inquiry[] = [];
  for (const name of new Set(packages.map(({ distribution }) => distribution))) {
    const module = await loadDistribution(name);
    const own = packages.filter(({ distribution }) => distribution === name);
    for (const service of module?.services?.(environment, host) ?? []) inquiries.push({ service, packages: own });
  }
  return inquiries;
}
