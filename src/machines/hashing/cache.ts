import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, reasonOf } from '../../errors.js';
import { temporaryName, withLock } from '../../file-lock.js';
import type { Sha256 } from '../../hash.js';
import { debug } from '../../log.js';
import { cacheFolder } from '../../scratch.js';
import { ifGone, markUsed, removeKept } from '../kept-files.js';

/** Hashes of files of this machine, by what tells that a file is as it was. */
export interface HashCache extends AsyncDisposable {
  get(stats: BigIntStats): Sha256 | undefined;
  /** `read` is when its reading began, in milliseconds since 1970. */
  set(stats: BigIntStats, hash: Sha256, read: number): void;
}

/**
 * The file begins with the form's name; then rows of a fixed size, in the order of their first five fields: device, inode,
 * size, times of the last change of content and of inode in nanoseconds, each a big-endian 64-bit number; the hash.
 */
const form = Buffer.from('reproman hash 1\n');
const rowSize = 72;
const keySize = 40;
/** What the cache may hold: 72 MB. What is beyond goes. */
const mostRows = 1_000_000;

/**
 * A file that was changed in the moment of its reading may be changed once more without any of its times showing it: as
 * the clock of a filesystem may go by two seconds at a step, and that of another machine may be a little off.
 */
const settled = 3000;

/** The cache of this user; what was set is kept when it is disposed. */
export async function openHashCache(file = keptHashes()): Promise<HashCache> {
  const rows = await readRows(file);
  await markUsed(file);
  const fresh = new Map<string, Buffer>();
  const key = Buffer.alloc(keySize);
  return {
    get(stats) {
      writeKey(key, stats);
      const at = placeOf(rows, key);
      const isThere = at < rows.length && rows.compare(key, 0, keySize, at, at + keySize) === 0;
      return isThere ? rows.toString('hex', at + keySize, at + rowSize) : undefined;
    },
    set(stats, hash, read) {
      const isSettled = read - Number(stats.ctimeMs) > settled && read - Number(stats.mtimeMs) > settled;
      if (!isSettled) return;
      const row = Buffer.alloc(rowSize);
      writeKey(row, stats);
      row.write(hash, keySize, 'hex');
      fresh.set(row.toString('latin1', 0, keySize), row);
    },
    async [Symbol.asyncDispose]() {
      if (fresh.size > 0) await keepRows(file, [...fresh.values()]);
    },
  };
}

/** Where it is kept; the number is that of the form. */
export function keptHashes(): string {
  return join(cacheFolder(), 'hashes-1');
}

/** Whether the file is of the form and its rows are in order; a damaged one is removed, one that is gone is not damaged. */
export async function isSoundHashCache(file: string): Promise<boolean> {
  const bytes = await readFile(file).catch(ifGone);
  if (bytes === undefined || isInOrder(rowsIn(bytes))) return true;
  await removeKept([{ file }]);
  return false;
}

function isInOrder(rows: Buffer | undefined): boolean {
  if (rows === undefined) return false;
  for (let at = rowSize; at < rows.length; at += rowSize)
    if (rows.compare(rows, at - rowSize, at - rowSize + keySize, at, at + keySize) <= 0) return false;
  return true;
}

function writeKey(row: Buffer, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): void {
  for (const [at, value] of [dev, ino, size, mtimeNs, ctimeNs].entries())
    row.writeBigUInt64BE(BigInt.asUintN(64, value), at * 8);
}

/** The offset of the first row that is not before the key. */
function placeOf(rows: Buffer, key: Buffer): number {
  let low = 0;
  let high = rows.length / rowSize;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * rowSize;
    if (rows.compare(key, 0, keySize, at, at + keySize) < 0) low = middle + 1;
    else high = middle;
  }
  return low * rowSize;
}

async function readRows(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') debug('kept hashes are not used: %s', reasonOf(error));
    return Buffer.alloc(0);
  });
  return rowsIn(bytes) ?? Buffer.alloc(0);
}

/** Undefined where the file is not whole or of another form. */
function rowsIn(bytes: Buffer): Buffer | undefined {
  const isWhole = bytes.subarray(0, form.length).equals(form) && (bytes.length - form.length) % rowSize === 0;
  return isWhole ? bytes.subarray(form.length) : undefined;
}

/** Another process may have kept something since; a cache that cannot be written is no reason to fail. */
async function keepRows(file: string, fresh: readonly Buffer[]): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await withLock(`${file}.lock`, async () => {
      await writeFile(temporary, Buffer.concat([form, ...merged(await readRows(file), fresh)]), { mode: 0o600 });
      await rename(temporary, file);
    });
  } catch (error) {
    debug('hashes are not kept: %s', reasonOf(error));
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** In order, and of one file what was found last. */
function merged(rows: Buffer, fresh: readonly Buffer[]): Buffer[] {
  const inode = (row: Buffer) => row.toString('latin1', 0, 16);
  const replaced = new Set(fresh.map(inode));
  const old: Buffer[] = [];
  for (let at = 0; at < rows.length; at += rowSize) {
    const row = rows.subarray(at, at + rowSize);
    if (!replaced.has(inode(row))) old.push(row);
  }
  const kept = old.slice(Math.max(0, old.length + fresh.length - mostRows));
  return [...kept, ...fresh].sort(Buffer.compare);
}
