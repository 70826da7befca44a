import { rm, stat, statfs, utimes } from 'node:fs/promises';
import { codeOf } from '../errors.js';

/** A file of a cache. */
export interface KeptFile {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last taken, or made: the date of its content. */
  readonly lastUsed: Date;
}

/** Undefined where there is none: another process may be removing it. */
export async function keptFile(file: string): Promise<KeptFile | undefined> {
  const info = await stat(file).catch(ifGone);
  return info && { file, size: info.size, lastUsed: info.mtime };
}

export function byLastUse(a: KeptFile, b: KeptFile): number {
  return a.lastUsed.getTime() - b.lastUsed.getTime();
}

/** Who may not set its date may use it all the same. */
export async function markUsed(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}

/** Removes files; who is reading one reads it to its end. */
export async function removeKept(files: readonly Pick<KeptFile, 'file'>[]): Promise<void> {
  for (const { file } of files) await rm(file, { force: true });
}

/** Removes those that were not used for the longest time until the others take no more than `limit` bytes. */
export async function makeRoom(files: readonly KeptFile[], limit: number): Promise<void> {
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const file of files.toSorted(byLastUse)) {
    if (total <= limit) return;
    await removeKept([file]);
    total -= file.size;
  }
}

/** In bytes, of the disk that holds a folder; what is free is so for this user. */
export async function diskOf(folder: string): Promise<{ readonly size: number; readonly free: number }> {
  const { bsize, blocks, bavail } = await statfs(folder);
  return { size: blocks * bsize, free: bavail * bsize };
}

/** Another process may have removed what was there. */
export function ifGone(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
