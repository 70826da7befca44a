import { ReproError } from '../errors.js';
import { gatherReadable } from '../machines/gather.js';
import type { Machine } from '../machines/machine.js';
import type { Base, BaseSystem } from '../packaging/base-system.js';
import type { DistributionModule } from '../packaging/distribution.js';
import type { OpenContext } from '../packaging/reader.js';
import { loadDistribution, loadDistributions } from './load.js';

/** A distribution that can be the base of a machine. */
export interface BaseModule extends DistributionModule {
  readonly base: BaseSystem;
}

/** What the first distribution that can be a machine's base says of it. */
export async function findBase(
  modules: readonly DistributionModule[],
  context: OpenContext,
): Promise<Base | undefined> {
  for (const each of modules) {
    const base = await each.base?.describe(context);
    if (base) return base;
  }
  return undefined;
}

/** The base of a machine from a few small files; undefined where no distribution knows it. */
export async function baseOf(machine: Machine, signal?: AbortSignal): Promise<Base | undefined> {
  const modules = await loadBases();
  const files = [...new Set(modules.flatMap((each) => each.base.files))];
  return findBase(modules, { machine, databases: await gatherReadable(machine, files, signal) });
}

/** As `baseOf`, so that a machine without one is refused before anything long runs. */
export async function requireBase(machine: Machine, signal?: AbortSignal): Promise<Base> {
  const base = await baseOf(machine, signal);
  if (base) return base;
  const titles = (await loadBases()).map(({ title }) => title).join('; ');
  throw new ReproError('not-ready', `${machine.label} has no distribution that reproman knows`, {
    remedy: `trace where one of these is the base, or in a root of one with --root: ${titles}`,
  });
}

/** The distribution that a spec names as its base; `file` is the spec's, for messages. */
export async function loadBase(name: string, file: string): Promise<BaseModule> {
  const module = await loadDistribution(name);
  if (module && isBaseModule(module)) return module;
  const known = (await loadBases()).map((each) => each.name);
  throw new ReproError('usage', `there is no distribution ${JSON.stringify(name)} to be the base`, {
    where: file,
    remedy: `name one of these: ${known.join(', ')}`,
  });
}

/** A system by the name that people give it, such as `debian`, `ubuntu` or `fedora`; `where` is for messages. */
export async function loadSystem(name: string, where: string): Promise<BaseModule> {
  const bases = await loadBases();
  const found = bases.find((each) => each.name === name) ?? bases.find(({ base }) => base.systems.includes(name));
  if (found) return found;
  const known = bases.flatMap((each) => [each.name, ...each.base.systems.filter((system) => system !== each.name)]);
  throw new ReproError('usage', `there is no distribution ${JSON.stringify(name)} to be the base`, {
    where,
    remedy: `name one of these: ${known.join(', ')}`,
  });
}

/** Every distribution that can be a base, in the order of the registry. */
export async function loadBases(): Promise<BaseModule[]> {
  return (await loadDistributions()).filter(isBaseModule);
}

/** Whether a distribution can be a machine's base. */
export function isBaseModule(module: DistributionModule): module is BaseModule {
  return module.base !== undefined;
}
