import { digestRow } from '../../filesystem/digest.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath } from '../../model/file-path.js';

export type Entries = ReadonlyMap<FilePath, FileEntry>;

/** What makes one tree another. */
export interface TreeChanges {
  /** What is a folder in one of the two only: it goes before anything is put there. */
  readonly inTheWay: readonly FilePath[];
  /** What is missing, or otherwise than it is to be. */
  readonly put: ReadonlySet<FilePath>;
  /** The topmost of what goes, with all below it, once the rest is there. */
  readonly remove: readonly FilePath[];
  /** How many entries go. */
  readonly removed: number;
  /** What somebody put there since: it stays. */
  readonly kept: readonly FilePath[];
}

/**
 * What must be done to a tree so that it has all of the wanted one, as a tree digest counts it, and nothing more of what
 * it was made with; `isOurs` says what that is.
 */
export function treeChanges(
  present: Entries,
  wanted: Entries,
  isOurs: (path: FilePath) => boolean,
  epoch: number,
): TreeChanges {
  const put = new Set<FilePath>();
  const inTheWay: FilePath[] = [];
  for (const [path, entry] of wanted) {
    const found = present.get(path);
    if (found && digestRow(found, epoch) === digestRow(entry, epoch)) continue;
    put.add(path);
    if (found && (found.type === 'directory') !== (entry.type === 'directory')) inTheWay.push(path);
  }
  const goes = new Set([...present.keys()].filter((path) => !wanted.has(path)));
  const kept = [...goes].filter((path) => !isOurs(path)).sort(comparePaths);
  for (const path of kept) for (let at = path; goes.delete(at); ) at = parentPath(at);
  const isGone = (path: FilePath): boolean => goes.has(path) || inTheWay.includes(path);
  const remove = [...goes].filter((path) => !isGone(parentPath(path))).sort(comparePaths);
  return { inTheWay, put, remove, removed: goes.size, kept: kept.filter((path) => !kept.includes(parentPath(path))) };
}
