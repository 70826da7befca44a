import type { PassedLink } from '../machines/resolver.js';
import type { Ways } from '../machines/ways.js';
import type { FilePath } from '../model/file-path.js';

/** Where a path leads on a machine. */
interface Place {
  /** Where its own entry lies: links of its parents are followed, it is not. */
  readonly entry: FilePath;
  /** Where it ends when a last link is followed too. */
  readonly final: FilePath;
  /** Every link on the way, itself included when it is one. */
  readonly links: readonly PassedLink[];
}

/** The places of the paths that lead elsewhere; all others are where they say. */
export async function findPlaces(ways: Ways, paths: readonly FilePath[]): Promise<Map<FilePath, Place>> {
  const places = new Map<FilePath, Place>();
  for (const [at, { path: final, links }] of (await ways.follow(paths)).entries()) {
    const path = paths[at] as FilePath;
    if (final === path && links.length === 0) continue;
    places.set(path, { entry: ways.resolve(path, { followLast: false }).path, final, links });
  }
  return places;
}
