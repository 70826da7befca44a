import { loadDistribution } from '../../distributions/load.js';
import type { LockedPackage, LockHalf } from '../../model/lock-half.js';
import type { Unmet } from '../../packaging/distribution.js';
import type { Difference } from './between.js';

/** What cannot be installed as it stands, of a distribution. */
export interface UnmetOf extends Unmet {
  readonly distribution: string;
}

/** Packages that lack others, in halves that were put together: the distribution's own word, or that of its lock. */
export async function unmetIn(halves: readonly LockHalf[]): Promise<UnmetOf[]> {
  const found = await Promise.all(
    halves.map(async (half) => {
      const module = await loadDistribution(half.name);
      const unmet = module?.unmet ? module.unmet(module.lockSchema.parse(half)) : lacking(half);
      return unmet.map((each) => ({ ...each, distribution: half.name }));
    }),
  );
  return found.flat();
}

/** By the names alone that the lock says each package needs. */
function lacking({ packages = [] }: LockHalf): Unmet[] {
  const there = new Set(packages.flatMap(({ name, architecture, at }) => [name, `${name}:${architecture}`, at]));
  return packages.flatMap(({ name, needs = [] }) =>
    needs.filter((need) => !there.has(need)).map((need) => ({ package: name, needs: [need] })),
  );
}

/** Which other differences could fill what one of them alone leaves unmet: both versions of a package count. */
export function fillersOf(differences: readonly Difference[], unmet: readonly UnmetOf[]): Difference[] {
  return differences.filter((each) =>
    unmet.some(({ distribution, package: dependent, needs }) => {
      const names = packagesIn(each, distribution).map(({ name }) => name);
      return names.some((name) => name === dependent || needs.includes(name));
    }),
  );
}

function packagesIn({ before, after }: Difference, distribution: string): LockedPackage[] {
  return [before, after].flatMap((part) =>
    part?.kind === 'package' && part.of === distribution ? [...part.value] : [],
  );
}
