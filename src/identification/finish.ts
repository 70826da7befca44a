import { withoutFiles } from '../machines/without.js';
import type { FilePath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { Owner, PackageRef } from '../model/owner.js';
import type { Base } from '../packaging/base-system.js';
import type { DistributionModule, Named } from '../packaging/distribution.js';
import type { FinishContext, Finished, FinishOptions, Reader } from '../packaging/reader.js';

export interface OpenReader {
  readonly module: DistributionModule;
  readonly reader: Reader;
}

export interface FinishedDistribution extends Finished<Named, LockHalf> {
  readonly name: string;
}

/**
 * Completes the distributions that own something or that another needs, and the base. They come from the ground up and
 * are asked from the top down: each is told what those that stand on it need, and the base which accounts own their
 * files. What the run itself made is not on the machine that they see.
 */
export async function finishAll(
  readers: readonly OpenReader[],
  base: Base | undefined,
  owners: ReadonlyMap<FilePath, Owner>,
  options: FinishOptions,
): Promise<FinishedDistribution[]> {
  const owned = byDistribution(owners);
  const needed = new Map<string, PackageRef[]>();
  const finished: FinishedDistribution[] = [];
  const { isNew } = options;
  const machine = isNew ? withoutFiles(options.machine, isNew) : options.machine;
  for (const { module, reader } of [...readers].reverse()) {
    const { name } = module;
    const isBase = name === base?.distribution;
    if (!isBase && !owned.has(name) && !needed.has(name)) continue;
    const context: FinishContext = {
      ...{ ...options, machine },
      ...(isBase ? { ids: await idsOf(finished, options) } : {}),
      owned: owned.get(name) ?? [],
      needed: needed.get(name) ?? [],
      ownerOf: (path) => owners.get(path),
    };
    const one = { name, ...(await reader.finish(context)) };
    for (const need of module.needs?.(one.lock) ?? []) {
      const { distribution } = need;
      const known = needed.get(distribution) ?? [];
      needed.set(distribution, 'name' in need ? [...known, need] : known);
      const isTooLate = 'name' in need && finished.some((above) => above.name === distribution);
      if (isTooLate) throw new Error(`${name} needs ${need.name} of ${distribution}, which the registry has above it`);
    }
    finished.unshift(one);
  }
  return finished;
}

function byDistribution(owners: ReadonlyMap<FilePath, Owner>): Map<string, Owner[]> {
  const owned = new Map<string, Owner[]>();
  for (const owner of owners.values()) {
    if (!owner.package) continue;
    const { distribution } = owner.package;
    const known = owned.get(distribution);
    if (known) known.push(owner);
    else owned.set(distribution, [owner]);
  }
  return owned;
}

/** The ids that own any of the files, with those that are asked for anyway. */
async function idsOf(
  finished: readonly FinishedDistribution[],
  { machine, ids, signal }: FinishOptions,
): Promise<NonNullable<FinishOptions['ids']>> {
  const files = finished.flatMap((one) => one.files);
  const users = new Set(ids?.users);
  const groups = new Set(ids?.groups);
  for await (const [, entry] of machine.files.entries(files, signal ? { signal } : {})) {
    if (!entry) continue;
    users.add(entry.uid);
    groups.add(entry.gid);
  }
  return { users: [...users], groups: [...groups] };
}
