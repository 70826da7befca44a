import type { PassedLink } from '../machines/resolver.js';
import type { Ways } from '../machines/ways.js';
import { type FilePath, parentPath } from '../model/file-path.js';

/** Where a path leads on a machine. */
interface Place {
  /** Where its own entry lies: links of its parents are followed, it is not. */
  readonly entry: FilePath;
  /** Where it ends when a last link is followed too. */
  readonly final: FilePath;
  /** Every link on the way, itself included when it is one. */
  readonly links: readonly PassedLink[];
}

/**
 * The places of the paths that lead elsewhere; all others are where they say. Most are `regular` files in folders that
 * are where they say: only the folders are looked at.
 */
export async function findPlaces(
  ways: Ways,
  paths: Iterable<FilePath>,
  regular: ReadonlySet<FilePath>,
): Promise<Map<FilePath, Place>> {
  const others: FilePath[] = [];
  const filesIn = new Map<FilePath, FilePath[]>();
  for (const path of paths) {
    if (!regular.has(path)) {
      others.push(path);
      continue;
    }
    const folder = parentPath(path);
    const files = filesIn.get(folder);
    if (files) files.push(path);
    else filesIn.set(folder, [path]);
  }
  await ways.follow([...others, ...filesIn.keys()]);
  const places = new Map<FilePath, Place>();
  const addPlace = (path: FilePath): void => {
    const { path: final, links } = ways.resolve(path);
    if (final === path && links.length === 0) return;
    places.set(path, { entry: ways.resolve(path, { followLast: false }).path, final, links });
  };
  others.forEach(addPlace);
  for (const [folder, files] of filesIn) {
    const { path: final, links } = ways.resolve(folder);
    if (final !== folder || links.length > 0) files.forEach(addPlace);
  }
  return places;
}
