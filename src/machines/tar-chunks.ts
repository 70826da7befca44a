import type { FileHandle } from 'node:fs/promises';
import type { TarChunks } from '../filesystem/tar-blocks.js';

/** A header, and whatever small contents follow it. */
const chunkSize = 64 * 1024;

/** An uncompressed tar on disk, of which the contents that nobody asks for are not read. */
export function tarChunks(file: FileHandle): TarChunks {
  let position = 0;
  return {
    skip(bytes) {
      position += bytes;
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
  };
}
