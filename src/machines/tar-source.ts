import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tarMembers } from '../filesystem/tar.js';
import { sha256OfStream } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, isWithin, parentPath, rootPath } from '../model/file-path.js';
import type { FileSource } from './file-source.js';

/** An entry with where its content begins in the tar. */
interface Packed {
  readonly entry: FileEntry;
  readonly offset: number;
}

/** The files of a whole system in a tar on disk, which must stay there as long as they are used. */
export async function tarSource(tar: string): Promise<FileSource> {
  const packed = await indexOf(tar);
  const entryAt = (place: FilePath): FileEntry[] => {
    const found = packed.get(place);
    return found ? [found.entry] : [];
  };
  const folders = new Map<FilePath, FileEntry[]>();
  for (const { entry } of packed.values()) {
    if (entry.path === '/') continue;
    const folder = parentPath(entry.path);
    const entries = folders.get(folder);
    if (entries) entries.push(entry);
    else folders.set(folder, [entry]);
  }
  const contentAt = (place: FilePath, length = Number.POSITIVE_INFINITY): Readable => {
    const found = packed.get(place);
    const size = Math.min(found?.entry.size ?? 0, length);
    if (found === undefined || size === 0) return Readable.from([]);
    return createReadStream(tar, { start: found.offset, end: found.offset + size - 1 });
  };
  return {
    async *entries(places) {
      for (const place of places) yield* entryAt(place);
    },
    async *inside(asked) {
      for (const folder of asked) yield* folders.get(folder) ?? [];
    },
    async *below(root, exclude) {
      for (const { entry } of packed.values()) {
        const isLeftOut = exclude.some((path) => path !== entry.path && isWithin(entry.path, path));
        if (isWithin(entry.path, root) && !isLeftOut) yield entry;
      }
    },
    async hashes(files, signal) {
      const hashes = new Map<FilePath, string>();
      for (const { path } of files) {
        signal?.throwIfAborted();
        hashes.set(path, (await sha256OfStream(contentAt(path))).hash);
      }
      return hashes;
    },
    async *contents(files, { length, signal } = {}) {
      for (const { path } of files) {
        signal?.throwIfAborted();
        const content = contentAt(path, length);
        yield { path, content };
        content.destroy();
      }
    },
    stream(place) {
      const output = new PassThrough();
      const run = async () => pipeline(contentAt(await place()), output);
      run().catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
      return output;
    },
  };
}

async function indexOf(tar: string): Promise<ReadonlyMap<FilePath, Packed>> {
  const packed = new Map<FilePath, Packed>();
  const root: FileEntry = { path: rootPath, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
  packed.set(rootPath, { entry: root, offset: 0 });
  for await (const { content: _, offset, type, target, ...rest } of tarMembers(createReadStream(tar))) {
    const linked = type === 'hardlink' && target !== undefined ? packed.get(target) : undefined;
    if (linked) packed.set(rest.path, { ...linked, entry: { ...linked.entry, path: rest.path } });
    if (type === 'hardlink') continue;
    packed.set(rest.path, { entry: { ...rest, type, ...(target === undefined ? {} : { target }) }, offset });
  }
  return packed;
}
