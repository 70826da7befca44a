import { ReproError } from '../../errors.js';
import { digestRow } from '../../filesystem/digest.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath, showPath } from '../../model/file-path.js';
import type { Entries, TreeChanges } from './changes.js';
import { withOtherNames } from './tree.js';

export interface Trees {
  readonly present: Entries;
  readonly wanted: Entries;
  /** What it was made from: the tree of its own spec first, and those that it was being made into when that was cut off. */
  readonly formers: readonly Entries[];
  /** Of the wanted one the names that repeat another. */
  readonly links: ReadonlyMap<FilePath, FilePath>;
}

export interface SparingChanges extends TreeChanges {
  /** What somebody changed or took away since, and stays so. */
  readonly changed: readonly FilePath[];
}

/** Without what would undo what somebody did to the tree since it was made. Names of one file go together. */
export function withoutChanged(changes: TreeChanges, trees: Trees): SparingChanges {
  const { present, wanted, links } = trees;
  const names = withOtherNames(new Set([...changes.put].filter((path) => isChanged(path, trees))), links);
  const changed = [...changes.put].filter((path) => names.has(path)).sort(comparePaths);
  const put = new Set([...changes.put].filter((path) => !names.has(path)));
  // A folder that was taken away comes again where something new belongs into it.
  for (const path of put) {
    const parent = parentPath(path);
    if (!present.has(parent) && wanted.has(parent)) put.add(parent);
  }
  const isFolder = (path: FilePath) => ['directory', 'symlink', undefined].includes(present.get(path)?.type);
  const blocked = [...put].map(parentPath).find((path) => names.has(path) && !isFolder(path));
  if (blocked !== undefined) throw noFolderAnyMore(blocked);
  const inTheWay = changes.inTheWay.filter((path) => !names.has(path));
  return { ...changes, put, inTheWay, changed: changed.filter((path) => !put.has(path)) };
}

/** Whether an entry is as one of the trees has it, or may be what a kill left of making it so. */
export function isAsMade(path: FilePath, trees: Pick<Trees, 'present' | 'formers'>): boolean {
  const now = trees.present.get(path);
  return trees.formers.some((former) => isSame(former.get(path), now)) || isHalfMade(path, trees);
}

function isChanged(path: FilePath, trees: Trees): boolean {
  const [now, next] = [trees.present.get(path), trees.wanted.get(path)];
  if (now) return !isSame(now, next) && !isAsMade(path, trees);
  // It was taken away where all had it as it is wanted.
  return trees.formers.every((former) => isSame(former.get(path), next));
}

/** Tar gives an entry all of its rights last. */
function isHalfMade(
  path: FilePath,
  { present, formers: [own, ...unfinished] }: Pick<Trees, 'present' | 'formers'>,
): boolean {
  const now = present.get(path);
  return unfinished.some((tree) => {
    const next = tree.get(path);
    if (!now || !next || isSame(own?.get(path), next)) return false;
    if (now.type !== 'file') return now.type === 'directory' && next.type === 'directory';
    // What stands for a link until all is there is an empty file.
    return now.size === 0 || (next.type === 'file' && (now.size < next.size || now.hash === next.hash));
  });
}

/** But for its time, which says nothing of what is in it. */
function isSame(one: FileEntry | undefined, other: FileEntry | undefined): boolean {
  return one !== undefined && other !== undefined && digestRow(one, undefined) === digestRow(other, undefined);
}

function noFolderAnyMore(path: FilePath): ReproError {
  return new ReproError('usage', 'the spec puts something into a folder that is none any more', {
    where: showPath(path),
    remedy: 'move what is there away with reproman exec, and do this again',
  });
}
