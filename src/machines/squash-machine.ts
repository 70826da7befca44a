import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../errors.js';
import type { Content } from '../filesystem/squashfs/inodes.js';
import { isSquashFile, readSif } from '../filesystem/squashfs/sif.js';
import { type SquashEntry, SquashFs } from '../filesystem/squashfs/squashfs.js';
import type { FilePath } from '../model/file-path.js';
import type { Machine } from './machine.js';
import { indexedSource } from './packed-source.js';
import { onPlatform } from './platform.js';
import { sourceFiles } from './source-files.js';

/** The files of an image in a SIF, or in a bare SquashFS, as a machine that can be read but not run. */
export interface SquashMachine extends Machine {
  /** All that it has, in order. */
  readonly entries: readonly SquashEntry[];
  /** The content of a file, a few pieces of memory at a time. */
  content(content: Content): Iterable<Buffer>;
  /** What the image was made from. */
  readonly recipe?: string;
}

/** Opens an image; nothing of it is unpacked, and no program is started. */
export async function squashMachine(path: string, label: string, head: Buffer): Promise<SquashMachine> {
  const file = openSync(path, 'r');
  try {
    const { start, recipe } = isSquashFile(head) ? { start: 0, recipe: undefined } : readSif(file);
    const squash = new SquashFs(file, start);
    const entries = [...squash.entries()];
    const index = new Map(entries.map((each) => [each.entry.path, each]));
    const contentAt = (place: FilePath, length = Number.POSITIVE_INFINITY) => {
      const content = index.get(place)?.content;
      return Readable.from(content ? upTo(length, squash.content(content)) : [], { objectMode: false });
    };
    const files = sourceFiles(indexedSource(index, contentAt));
    return {
      ...{ label, isLocal: false, ...onPlatform(files), files, entries },
      content: (content) => squash.content(content),
      ...(recipe !== undefined && { recipe }),
      async [Symbol.asyncDispose]() {
        closeSync(file);
      },
    };
  } catch (error) {
    closeSync(file);
    throw damagedImage(path, error);
  }
}

export function damagedImage(where: string, error: unknown): ReproError {
  if (error instanceof ReproError) return error;
  return new ReproError('usage', `the image cannot be read: ${reasonOf(error)}`, {
    where,
    remedy: 'make or copy it again; see with: file IMAGE, unsquashfs -s IMAGE',
    cause: error,
  });
}

function* upTo(length: number, pieces: Iterable<Buffer>): Generator<Buffer, void> {
  let left = length;
  for (const piece of pieces) {
    if (left <= 0) return;
    yield piece.subarray(0, left);
    left -= piece.length;
  }
}
