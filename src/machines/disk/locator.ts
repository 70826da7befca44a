import { codeOf } from '../../errors.js';
import type { FileEntry, FileKind } from '../../model/file-entry.js';
import { baseName, type FilePath, joinPath, parentPath } from '../../model/file-path.js';
import { createResolver } from '../resolver.js';
import { resolveError } from '../system-errors.js';
import { entryAt } from './entry.js';
import { kindAt } from './kinds.js';

/** Where paths of the view are on this machine's disk, for as long as it can be taken for unchanged. */
export interface Locator {
  /** A last link is followed. */
  followed(path: FilePath): FilePath;
  /** A last link is not followed. */
  own(path: FilePath): FilePath;
  entry(path: FilePath): FileEntry | undefined;
  kind(path: FilePath): FileKind | undefined;
}

/** Below a folder of this machine, whose links never lead out of it. */
export function createLocator(root: FilePath): Locator {
  const onDisk = (place: FilePath) => (place === '/' ? root : ((root + place) as FilePath));
  /** Of everything but files, which no way leads through. */
  const seen = new Map<FilePath, FileKind>();
  const look = (place: FilePath): FileKind | undefined => {
    const known = seen.get(place);
    if (known !== undefined) return known;
    const kind = kindAt(onDisk(place), place);
    if (kind && kind.type !== 'file') seen.set(place, kind);
    return kind;
  };
  const resolve = createResolver(look);
  const placeOf = (path: FilePath): FilePath => {
    const resolution = resolve(path);
    // The kernel would give the same errors if it followed links within the root; `missing` it finds out by itself.
    if (resolution.end === 'loop' || resolution.end === 'not-a-directory') throw resolveError(path, resolution);
    return resolution.path;
  };
  const folders = new Map<FilePath, FilePath>();
  /** Only the way is looked up, once for all that a folder holds; what is there is looked at by who asks. */
  const ownPlaceOf = (path: FilePath): FilePath => {
    if (/\/\.{0,2}$/.test(path)) return placeOf(path);
    const folder = parentPath(path);
    const known = folders.get(folder) ?? placeOf(folder);
    if (!folders.has(folder)) folders.set(folder, known);
    return known === folder ? path : joinPath(known, baseName(path));
  };
  return {
    followed: (path) => onDisk(placeOf(path)),
    own: (path) => onDisk(ownPlaceOf(path)),
    entry: (path) => entryAt(onDisk(ownPlaceOf(path)), path),
    kind(path) {
      const found = look(ownPlaceOf(path));
      return found && found.path !== path ? { ...found, path } : found;
    },
  };
}

/** Where the kernel follows links itself. */
export const directLocator: Locator = {
  followed: (path) => path,
  own: (path) => path,
  entry: (path) => entryAt(path, path),
  kind: (path) => kindAt(path, path),
};

/** The entry, or the kind, that is at a path; undefined as well where no way leads to it. */
export function absentIfUnreachable<E>(path: FilePath, look: (path: FilePath) => E | undefined): E | undefined {
  try {
    return look(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
