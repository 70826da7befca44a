import type { PassedLink } from '../machines/resolver.js';
import type { Ways } from '../machines/ways.js';
import type { FileKind } from '../model/file-entry.js';
import { baseName, type FilePath, joinPath, parentPath } from '../model/file-path.js';

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
 * The places of the paths that lead elsewhere; all others are where they say. Of most that is known, or `endOf` tells
 * where they end; of what ends under its own name, and of `regular` files, only the way to the folder is looked at.
 */
export async function findPlaces(
  ways: Ways<FileKind>,
  paths: Iterable<FilePath>,
  regular: ReadonlySet<FilePath>,
  endOf: (path: FilePath) => FilePath | undefined,
): Promise<Map<FilePath, Place>> {
  const others: FilePath[] = [];
  const inFolders: FilePath[] = [];
  for (const path of paths) {
    if (ways.isPlace(path)) continue;
    const end = endOf(path);
    if (end === path) continue;
    const isNoLink = end === undefined ? regular.has(path) : baseName(end) === baseName(path);
    (isNoLink ? inFolders : others).push(path);
  }
  const folders = new Set(inFolders.map(parentPath));
  await ways.follow([...folders, ...others]);
  const places = new Map<FilePath, Place>();
  for (const path of inFolders) {
    const { path: folder, links } = ways.resolve(parentPath(path));
    const own = joinPath(folder, baseName(path));
    if (own !== (endOf(path) ?? own)) others.push(path);
    else if (own !== path) places.set(path, { entry: own, final: own, links });
  }
  for (const [at, { path: final, links }] of (await ways.follow(others)).entries()) {
    const path = others[at] as FilePath;
    if (final === path && links.length === 0) continue;
    places.set(path, { entry: ways.resolve(path, { followLast: false }).path, final, links });
  }
  return places;
}
