import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { codeOf } from '../../errors.js';
import type { FileKind } from '../../model/file-entry.js';
import { comparePaths, type FilePath, joinPath, nodePath } from '../../model/file-path.js';
import { namesIn, targetAt, typeOf } from './entry.js';

/** What kind of thing is at a place on disk, under the name it has in a view; undefined where nothing is. */
export function kindAt(onDisk: FilePath, path: FilePath): FileKind | undefined {
  try {
    const stats = lstatSync(nodePath(onDisk), { throwIfNoEntry: false });
    return stats && kindOf(stats, onDisk, path);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** What a folder on disk holds, in byte order. Listing it tells the kinds: nothing in it has to be looked at. */
export function kindsIn(onDisk: FilePath, folder: FilePath): FileKind[] {
  const entries = typedEntries(onDisk);
  if (!entries) return namesIn(onDisk).flatMap((name) => kindAt(joinPath(onDisk, name), joinPath(folder, name)) ?? []);
  entries.sort((a, b) => comparePaths(a.name, b.name));
  return entries.map((entry) => kindOf(entry, joinPath(onDisk, entry.name), joinPath(folder, entry.name)));
}

/** Undefined where a filesystem tells no kinds: node looks for itself then, by names that it takes for text. */
function typedEntries(folder: FilePath): Dirent[] | undefined {
  try {
    return readdirSync(nodePath(folder), { encoding: 'latin1' as BufferEncoding, withFileTypes: true });
  } catch {
    // Whatever else is wrong with the folder is told when its names are read.
    return undefined;
  }
}

function kindOf(found: Parameters<typeof typeOf>[0], onDisk: FilePath, path: FilePath): FileKind {
  const type = typeOf(found);
  if (type !== 'symlink') return { path, type };
  try {
    return { path, type, target: targetAt(onDisk) };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    // It is gone by now, or its folder may be listed and not entered: the others there are told all the same.
    return { path, type };
  }
}
