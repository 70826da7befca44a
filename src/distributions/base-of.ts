import { ReproError } from '../errors.js';
import { gatherReadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import type { Base, DistributionModule, OpenContext } from './distribution.js';
import { distributions } from './registry.js';

/** What the first distribution that can be a machine's base says of it. */
export async function findBase(
  modules: readonly DistributionModule[],
  context: OpenContext,
): Promise<Base | undefined> {
  for (const each of modules) {
    const base = await each.base?.(context);
    if (base) return base;
  }
  return undefined;
}

/** The base of a machine from a few small files, so that a machine without one is refused before anything long runs. */
export async function requireBase(machine: Machine, signal?: AbortSignal): Promise<Base> {
  const modules: DistributionModule[] = await Promise.all(Object.values(distributions).map((load) => load()));
  const files = [...new Set(modules.flatMap((each) => each.baseFiles ?? []))];
  const base = await findBase(modules, { machine, databases: await gatherReadable(machine, files, signal) });
  if (base) return base;
  const titles = modules.filter((each) => each.base).map(({ title }) => title);
  throw new ReproError('not-ready', `${machine.label} has no distribution that reproman knows`, {
    remedy: `trace where one of these is the base, or in a root of one with --root: ${titles.join('; ')}`,
  });
}
