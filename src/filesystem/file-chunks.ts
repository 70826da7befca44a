import { closeSync, openSync, readSync } from 'node:fs';
import type { Chunks } from './decompressed.js';

const chunkSize = 1 << 18;

/**
 * The content of a file in chunks that all lie in the same memory: each is good until the next is asked for. Memory anew for
 * each of them is what costs most where much is read: its sum is what has garbage collected. They are read where they are
 * asked for, as another thread takes five times as long to be asked and to answer.
 */
export function fileChunks(file: string, signal?: AbortSignal): Chunks {
  const chunks = read(file, signal);
  return { [Symbol.asyncIterator]: () => chunks, destroy: () => chunks.return(undefined) };
}

async function* read(file: string, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  const handle = openSync(file, 'r');
  try {
    const memory = Buffer.allocUnsafeSlow(chunkSize);
    for (;;) {
      signal?.throwIfAborted();
      const length = readSync(handle, memory, 0, chunkSize, null);
      if (length === 0) return;
      yield memory.subarray(0, length);
    }
  } finally {
    closeSync(handle);
  }
}
