import type { ListedEntry, Listing } from '../../archives/git/checkout.js';
import { type FileEntry, showMode } from '../../model/file-entry.js';
import { comparePaths, type FilePath, isWithin, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { FinishOptions } from '../../packaging/reader.js';
import { isSystemFolder, nameInTree, wholeTreeBytes } from '../../packaging/working-tree.js';
import type { Condition } from './conditions.js';
import type { Repository } from './repository.js';

const submoduleMode = 0o160000;

/** The tracked files that are put in place: all of them, as of a package, unless there is a reason not to. */
export function filesToPlace(
  { at, tracked }: Repository,
  used: ReadonlySet<FilePath>,
  isNew: FinishOptions['isNew'] = () => false,
): { readonly paths: readonly FilePath[]; readonly isWhole: boolean } {
  const all: FilePath[] = [];
  let bytes = 0;
  for (const [path, { mode, size, isSkipped }] of tracked) {
    if (mode === submoduleMode || (isSkipped && !used.has(path)) || isNew(joinPath(at, path))) continue;
    all.push(path);
    bytes += size;
  }
  const isWhole = bytes <= wholeTreeBytes && !isSystemFolder(at);
  return { paths: isWhole ? all : all.filter((path) => used.has(path)), isWhole };
}

/** The list of the files that are as in the commit, with the folders that hold them. */
export async function listCheckout(
  { at, algorithm }: Repository,
  conditions: ReadonlyMap<FilePath, Condition>,
  paths: readonly FilePath[],
  { machine, signal }: Pick<FinishOptions, 'machine' | 'signal'>,
): Promise<Listing> {
  const entries: ListedEntry[] = [];
  const folders = new Set<FilePath>();
  for (const path of paths) {
    const condition = conditions.get(path);
    if (condition?.is !== 'committed') continue;
    entries.push(describe(path, condition.entry, condition.blob));
    for (let folder = joinPath(at, parentOf(path)); isWithin(folder, at); folder = parentPath(folder)) {
      if (folders.has(folder)) break;
      folders.add(folder);
      if (folder === '/') break;
    }
  }
  for await (const [path, entry] of machine.files.entries([...folders], signal ? { signal } : {})) {
    if (entry) entries.push(describe(nameInTree(path, at), entry));
  }
  return { algorithm, entries: entries.sort((a, b) => comparePaths(a.path, b.path)) };
}

function parentOf(path: FilePath): FilePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as FilePath;
}

function describe(path: FilePath, entry: FileEntry, blob?: string): ListedEntry {
  const { type, uid, gid, mtime, size, target } = entry;
  return {
    path: showPath(path),
    type: type === 'directory' || type === 'symlink' ? type : 'file',
    mode: showMode(entry.mode),
    uid,
    gid,
    mtime,
    ...(type === 'file' ? { size, ...(blob === undefined ? {} : { blob }) } : {}),
    ...(target === undefined ? {} : { target: showPath(target) }),
  };
}
