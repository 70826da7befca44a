import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256OfStream } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';
import type { FileSource } from './file-source.js';

/** An entry with where its content lies: from some byte on in a file of this machine, or nowhere where it is not kept. */
export interface Packed {
  readonly entry: FileEntry;
  readonly file: string;
  readonly offset: number;
  /** As an entry of a trie has them. */
  readonly attributes?: string;
  /** As an entry of a trie has it. */
  readonly sameAs?: FilePath;
}

/** The files of a whole system in uncompressed archives on disk, which must stay there as long as they are used. */
export function packedSource(packed: ReadonlyMap<FilePath, Packed>): FileSource {
  return indexedSource(packed, (place, length = Number.POSITIVE_INFINITY) => {
    const found = packed.get(place);
    const size = Math.min(found?.entry.size ?? 0, length);
    if (found === undefined || size === 0) return Readable.from([]);
    return createReadStream(found.file, { start: found.offset, end: found.offset + size - 1 });
  });
}

/** The files of a whole system, all known by their places, and contents that can be had of each. */
export function indexedSource(
  index: ReadonlyMap<FilePath, { readonly entry: FileEntry }>,
  contentAt: (place: FilePath, length?: number) => Readable,
): FileSource {
  const entryAt = (place: FilePath): FileEntry[] => {
    const found = index.get(place);
    return found ? [found.entry] : [];
  };
  const folders = new Map<FilePath, FileEntry[]>();
  for (const { entry } of index.values()) {
    if (entry.path === '/') continue;
    const folder = parentPath(entry.path);
    const entries = folders.get(folder);
    if (entries) entries.push(entry);
    else folders.set(folder, [entry]);
  }
  return {
    async *entries(places) {
      for (const place of places) yield* entryAt(place);
    },
    async *inside(asked) {
      for (const folder of asked) yield* folders.get(folder) ?? [];
    },
    async *below(roots, exclude) {
      const open = roots.flatMap(entryAt);
      for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
        yield entry;
        if (exclude.includes(entry.path)) continue;
        for (const child of folders.get(entry.path) ?? []) open.push(child);
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
