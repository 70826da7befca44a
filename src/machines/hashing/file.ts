import { createHash, hash as hashAtOnce } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Sha256 } from '../../hash.js';
import { type FilePath, nodePath } from '../../model/file-path.js';

/** What tells whether a file is as it was, as text. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

export interface HashedFile {
  readonly hash: Sha256;
  /** Whether it was, when all of it had been read, still what it was when it was seen first. */
  readonly isSame: boolean;
}

/** As much as still is in the processor's own memory when it is hashed. */
const buffer = Buffer.allocUnsafeSlow(128 * 1024);
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Hashes a regular file that was seen with that identity. Throws as node does. */
export function hashFile(onDisk: FilePath, identity: string): HashedFile {
  const file = openSync(nodePath(onDisk), flags);
  try {
    const hash = contentHash(file);
    return { hash, isSame: identityOf(fstatSync(file, { bigint: true })) === identity };
  } finally {
    closeSync(file);
  }
}

function contentHash(file: number): Sha256 {
  let size = readSync(file, buffer, 0, buffer.length, null);
  // A short read may be the end; only one of nothing is for certain.
  if (size < buffer.length) {
    const more = readSync(file, buffer, size, buffer.length - size, null);
    if (more === 0) return hashAtOnce('sha256', buffer.subarray(0, size), 'hex');
    size += more;
  }
  const hash = createHash('sha256');
  for (; size > 0; size = readSync(file, buffer, 0, buffer.length, null)) hash.update(buffer.subarray(0, size));
  return hash.digest('hex');
}
