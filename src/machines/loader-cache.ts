import { type FilePath, pathFromText } from '../model/file-path.js';
import { readIfThere } from './if-there.js';
import type { Machine, Unreadable } from './machine.js';

const magic = 'glibc-ld.so.cache1.1';
const headerSize = 48;
const entrySize = 24;

/** The second byte of an entry's flags, which says what its library is built for. */
const builtFor: Readonly<Record<string, number>> = { x86_64: 3, aarch64: 10 };

/**
 * Libraries that the dynamic loader of a machine knows, by the names that programs ask for, with where they are; of
 * several of one name the first is tried first. /etc/ld.so.cache is laid out as `sysdeps/generic/dl-cache.h` of glibc
 * says: names may lie within paths, so it cannot be searched as text, and an older cache may stand before it.
 */
export async function loaderCache(
  { files, processor }: Machine,
  unreadable: Unreadable,
): Promise<ReadonlyMap<string, FilePath>> {
  const found = new Map<string, FilePath>();
  const content = await readIfThere(files, pathFromText('/etc/ld.so.cache'), unreadable);
  const start = content?.indexOf(magic) ?? -1;
  if (content === undefined || start < 0 || content.length < start + headerSize) return found;
  const cache = content.subarray(start);
  const text = (at: number) => cache.toString('latin1', at, cache.indexOf(0, at));
  const count = Math.min(cache.readUInt32LE(magic.length), Math.floor((cache.length - headerSize) / entrySize));
  const wanted = builtFor[processor];
  for (let at = headerSize; at < headerSize + count * entrySize; at += entrySize) {
    if (wanted !== undefined && cache[at + 1] !== wanted) continue;
    const name = text(cache.readUInt32LE(at + 4));
    if (!found.has(name)) found.set(name, text(cache.readUInt32LE(at + 8)) as FilePath);
  }
  return found;
}
