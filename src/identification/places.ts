import type { PassedLink, Resolution } from '../machines/resolver.js';
import type { Ways } from '../machines/ways.js';
import type { FileKind } from '../model/file-entry.js';
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
 * The places of the paths that lead elsewhere; all others are where they say. Of most that is known, or they are `regular`
 * files in folders that are where they say: only the folders are looked at.
 */
export async function findPlaces(
  ways: Ways<FileKind>,
  paths: Iterable<FilePath>,
  regular: ReadonlySet<FilePath>,
): Promise<Map<FilePath, Place>> {
  const others: FilePath[] = [];
  const filesIn = new Map<FilePath, FilePath[]>();
  for (const path of paths) {
    if (ways.isPlace(path)) continue;
    if (!regular.has(path)) {
      others.push(path);
      continue;
    }
    const folder = parentPath(path);
    const files = filesIn.get(folder);
    if (files) files.push(path);
    else filesIn.set(folder, [path]);
  }
  const folders = [...filesIn.keys()];
  const ends = await ways.follow([...others, ...folders]);
  const places = new Map<FilePath, Place>();
  const addPlace = (path: FilePath, { path: final, links }: Resolution): void => {
    if (final === path && links.length === 0) return;
    places.set(path, { entry: ways.resolve(path, { followLast: false }).path, final, links });
  };
  others.forEach((path, at) => {
    addPlace(path, ends[at] as Resolution);
  });
  folders.forEach((folder, at) => {
    const { path: final, links } = ends[others.length + at] as Resolution;
    if (final === folder && links.length === 0) return;
    for (const path of filesIn.get(folder) ?? []) addPlace(path, ways.resolve(path));
  });
  return places;
}
