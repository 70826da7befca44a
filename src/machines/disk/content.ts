import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../../errors.js';
import { debug } from '../../log.js';
import { type FilePath, pathToBytes, showPath } from '../../model/file-path.js';
import type { ContentsOptions, FileContent } from '../machine.js';
import { largestWhole, systemError } from '../system-errors.js';
import { createTurns } from '../turns.js';

/** Gives the whole content of a regular file; of a last link as well, unless the caller wants to look where it leads. */
export type ReadContent = (onDisk: FilePath, throughLink?: () => FilePath) => Buffer;

/**
 * Reads files one after the other into pieces of memory that they share, each twice as large as the one before up to so
 * many bytes: memory for each small file costs more than reading it. Opens without blocking, so that a FIFO cannot hold
 * us up.
 */
export function createReader(largestPiece: number): ReadContent {
  let piece = Buffer.alloc(0);
  let used = 0;
  const readAll = (file: number, onDisk: FilePath): Buffer => {
    let start = used;
    for (;;) {
      if (used === piece.length) {
        const begun = piece.subarray(start);
        const { size } = fstatSync(file);
        if (Math.max(size, begun.length) > largestWhole) throw systemError('EFBIG', onDisk);
        const twice = Math.min(piece.length * 2, largestPiece);
        piece = Buffer.allocUnsafeSlow(Math.max(twice, begun.length * 2, size + 1));
        used = begun.copy(piece);
        start = 0;
      }
      // Up to the end, not up to a short read: the kernel's own files come in pieces.
      const got = readSync(file, piece, used, piece.length - used, null);
      if (got === 0) break;
      used += got;
    }
    if (used === start) checkIsFile(file, onDisk);
    return piece.subarray(start, used);
  };
  return (onDisk, throughLink) => {
    const file = openFile(onDisk, throughLink);
    try {
      return readAll(file, onDisk);
    } finally {
      closeSync(file);
    }
  };
}

/** Bytes of a file from an offset, as many as there are up to `length`. */
export function readPart(onDisk: FilePath, offset: number, length: number): Buffer {
  const file = openFile(onDisk, undefined);
  try {
    const part = Buffer.alloc(Math.max(0, Math.min(length, fstatSync(file).size - offset)));
    return part.subarray(0, readSync(file, part, 0, part.length, offset));
  } finally {
    closeSync(file);
  }
}

const pieceBytes = 256 * 1024;
/** Of files of the kernel's, which tell no size. */
const smallestPiece = 4096;

/** Contents of many files, one after the other; what is no regular file or cannot be read is not given. */
export async function* readContents(
  paths: readonly FilePath[],
  locate: (path: FilePath) => FilePath,
  { length = Number.POSITIVE_INFINITY, signal }: ContentsOptions = {},
): AsyncGenerator<FileContent> {
  const turn = createTurns(signal);
  for (const path of paths) {
    const file = openRegular(path, locate);
    if (file === undefined) continue;
    try {
      yield { path, content: piecesOf(file, length, turn) };
    } finally {
      closeSync(file);
    }
  }
}

async function* piecesOf(file: number, length: number, turn: () => Promise<void> | undefined): AsyncGenerator<Buffer> {
  // No more than the file seems to have and one byte to see its end: memory costs more than reading a small file.
  let expected = fstatSync(file).size + 1;
  for (let left = length; left > 0; ) {
    await turn();
    const piece = Buffer.allocUnsafe(Math.min(left, pieceBytes, Math.max(expected, smallestPiece)));
    const got = readSync(file, piece, 0, piece.length, null);
    if (got === 0) return;
    left -= got;
    expected -= got;
    yield piece.subarray(0, got);
  }
}

function openRegular(path: FilePath, locate: (path: FilePath) => FilePath): number | undefined {
  try {
    const file = openSync(pathToBytes(locate(path)), flags);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    debug('the contents leave out %s: %s', showPath(path), codeOf(error));
  }
  return undefined;
}

const flags = constants.O_RDONLY | constants.O_NONBLOCK;

function openFile(onDisk: FilePath, throughLink: (() => FilePath) | undefined): number {
  if (!throughLink) return openSync(pathToBytes(onDisk), flags);
  try {
    return openSync(pathToBytes(onDisk), flags | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) !== 'ELOOP') throw error;
    return openSync(pathToBytes(throughLink()), flags);
  }
}

/** A FIFO that nobody writes to gives what an empty file does; with a writer the kernel itself would say EAGAIN. */
function checkIsFile(file: number, onDisk: FilePath): void {
  const stats = fstatSync(file);
  if (!stats.isFile()) throw systemError(stats.isFIFO() ? 'EAGAIN' : 'EINVAL', onDisk);
}
