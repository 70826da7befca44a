import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, isWithin } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { ManifestAbsent, ManifestFile } from '../document/schema.js';

/** The files of one spec: what was there, what is carried of it, and what packages bring and was not there. */
export interface SpecFiles {
  readonly snapshot: ReadonlyMap<FilePath, FileEntry>;
  readonly files: readonly ManifestFile[];
  readonly absent: readonly ManifestAbsent[];
  /** What its runs looked for and did not find, and did not remove themselves. */
  readonly missed: ReadonlySet<FilePath>;
}

export interface FilesContext {
  /** What the runs of the earlier spec left for those of the later, and is no part of the environment therefore. */
  readonly isLeft: (path: FilePath) => boolean;
  /** What a step of the earlier spec makes. */
  readonly isMade: (path: FilePath) => boolean;
  /** What the runs of the earlier spec took away. */
  readonly isRemoved: (path: FilePath) => boolean;
  /** Whether a published rule lets the path differ. */
  readonly mayDiffer: (path: FilePath) => boolean;
  /** Told of each path that is not the same in both. */
  readonly tell: (path: FilePath, what: Contradiction) => void;
}

/** Of what the later spec found at a path, when the earlier one found something else, something, or nothing. */
export type Contradiction = 'another' | 'gone' | 'new';

/** Both as one: where they contradict each other, the later is right. */
export function mergeFiles(one: SpecFiles, other: SpecFiles, context: FilesContext): Omit<SpecFiles, 'missed'> {
  const snapshot = mergeSnapshots(one, other, context);
  const absent = [...one.absent.filter(({ path }) => !other.snapshot.has(documentPath(path))), ...other.absent];
  for (const { path } of absent) snapshot.delete(documentPath(path));
  const files = new Map(one.files.map((file) => [documentPath(file.path), file]));
  for (const [path, entry] of one.snapshot) if (!isSame(entry, snapshot.get(path))) files.delete(path);
  for (const file of other.files) {
    const path = documentPath(file.path);
    if (!context.isLeft(path) && !isMadeSo(file, one, other, context)) files.set(path, file);
  }
  const trees = [...files].flatMap(([path, { tree, carried }]) => (tree?.files && carried ? [path] : []));
  const isInTree = (path: FilePath) => trees.some((root) => root !== path && isWithin(path, root));
  return {
    snapshot,
    files: [...files].filter(([path]) => !isInTree(path)).map(([, file]) => file),
    absent: [...new Map(absent.map((each) => [each.path, each])).values()],
  };
}

/** Whether a step of the earlier spec makes the file, or all of the tree, as the later one found it. */
function isMadeSo({ path, tree }: ManifestFile, one: SpecFiles, other: SpecFiles, { isMade }: FilesContext): boolean {
  const root = documentPath(path);
  if (!isMade(root)) return false;
  const isKnown = (at: FilePath) => isSame(one.snapshot.get(at), other.snapshot.get(at));
  return tree ? [...other.snapshot.keys()].every((at) => !isWithin(at, root) || isKnown(at)) : isKnown(root);
}

function mergeSnapshots(one: SpecFiles, other: SpecFiles, context: FilesContext): Map<FilePath, FileEntry> {
  const { isLeft, isRemoved, mayDiffer, tell } = context;
  const merged = new Map(one.snapshot);
  const listed = new Set([...one.files, ...other.files].map((file) => documentPath(file.path)));
  for (const [path, entry] of other.snapshot) {
    if (isLeft(path)) continue;
    const before = one.snapshot.get(path);
    if (before !== undefined && !isSame(before, entry) && (listed.has(path) || !mayDiffer(path))) tell(path, 'another');
    if (before === undefined && one.missed.has(path)) tell(path, 'new');
    merged.set(path, entry);
  }
  for (const path of other.missed) {
    if (one.snapshot.has(path) && !other.snapshot.has(path) && !isRemoved(path)) tell(path, 'gone');
  }
  return merged;
}

/** Times do not count: what is the same was put there at different times. */
function isSame(one: FileEntry | undefined, other: FileEntry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const isContentSame = one.hash === undefined || other.hash === undefined || one.hash === other.hash;
  return (
    isContentSame &&
    one.type === other.type &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.target === other.target &&
    (one.type !== 'file' || one.size === other.size)
  );
}
