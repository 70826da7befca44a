import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { codeOf } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import type { FileEntry, FileType } from '../../model/file-entry.js';
import { type FilePath, nodePath } from '../../model/file-path.js';

/** The entry that is at a place on disk, under the name it has in a view; undefined where nothing is. */
export function entryAt(onDisk: FilePath, path: FilePath): FileEntry | undefined {
  const stats = statsAt(onDisk);
  return stats && entryOf(path, onDisk, stats);
}

/** The entry that lstat tells of, under the name it has in a view. */
export function entryOf(path: FilePath, onDisk: FilePath, stats: BigIntStats): FileEntry {
  const type = typeOf(stats);
  const entry = {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    // Whole milliseconds: as a float they could be rounded up into the next second.
    mtime: Math.floor(Number(stats.mtimeMs) / 1000),
  };
  return type === 'symlink' ? { ...entry, target: targetAt(onDisk) } : entry;
}

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** The SHA-256 of a regular file, in pieces, with a turn for others between them. */
export async function hashAt(onDisk: FilePath, turn: () => Promise<void> | undefined): Promise<Sha256> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = openSync(nodePath(onDisk), flags);
  try {
    const hash = createHash('sha256');
    for (;;) {
      // Filled and used without a pause in between: the buffer is everybody's.
      const size = readSync(file, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, size));
      if (size === 0) return hash.digest('hex');
      await turn();
    }
  } finally {
    closeSync(file);
  }
}

function statsAt(onDisk: FilePath): BigIntStats | undefined {
  try {
    return lstatSync(nodePath(onDisk), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** What a link on disk says. */
export function targetAt(onDisk: FilePath): FilePath {
  return readlinkSync(nodePath(onDisk), latin1) as FilePath;
}

/** Names in a folder on disk, in byte order. */
export function namesIn(onDisk: FilePath): FilePath[] {
  return (readdirSync(nodePath(onDisk), latin1) as FilePath[]).sort();
}

const latin1 = { encoding: 'latin1' as BufferEncoding };

type Typed = Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice'>;

/** What lstat, or the listing of a folder, says that something is. */
export function typeOf(found: Typed): FileType {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'symlink';
  if (found.isFIFO()) return 'fifo';
  if (found.isSocket()) return 'socket';
  return found.isBlockDevice() ? 'block' : 'character';
}
