import { type FilePath, showPath } from '../model/file-path.js';
import type { Owner, PackageRef } from '../model/owner.js';

/** A path that packages of two distributions claim. */
export interface Overlap {
  readonly path: FilePath;
  /** Which has it. */
  readonly has: PackageRef;
  readonly also: PackageRef;
  /** The other claims only to have made it from something: such a claim yields. Else what is nearer to the ground has it. */
  readonly yields: boolean;
}

/** What of two claims on a path is to be told: the one that stands comes first. */
export function overlapOf([has, also]: readonly [Owner, Owner]): Overlap | undefined {
  if (!has.package || !also.package || has.package.distribution === also.package.distribution) return undefined;
  const yields = also.state === 'generated' && has.state !== 'generated';
  return { path: has.path, has: has.package, also: also.package, yields };
}

/** One sentence for each two distributions that claim the same paths, with the rule that decided. */
export function describeOverlaps(overlaps: readonly Overlap[]): string[] {
  const pairs = new Map<string, [Overlap, ...Overlap[]]>();
  for (const overlap of overlaps) {
    const { has, also, yields } = overlap;
    const pair = [has.distribution, also.distribution, yields].join(' ');
    const known = pairs.get(pair);
    if (known) known.push(overlap);
    else pairs.set(pair, [overlap]);
  }
  return [...pairs.values()].map((alike) => {
    const [{ path, has, also, yields }] = alike;
    const [are, them, such] =
      alike.length === 1 ? ['1 path is', 'it', ''] : [`${alike.length} paths are`, 'them', 'such as '];
    const rule = yields ? `which did not make ${them} from something else,` : 'which is nearer to the ground,';
    const example = `${such}${showPath(path)}, of ${has.name} and of ${also.name}`;
    return `${are} claimed by ${has.distribution} and by ${also.distribution}: ${has.distribution}, ${rule} has ${them} (${example}).`;
  });
}
