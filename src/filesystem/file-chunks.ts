import { open } from 'node:fs/promises';
import type { Chunks } from './decompressed.js';

const chunkSize = 1 << 18;

/**
 * The content of a file in chunks that all lie in the same memory: each is good until the next is asked for. Memory anew for
 * each of them is what costs most where much is read: its sum is what has garbage collected.
 */
export function fileChunks(file: string, signal?: AbortSignal): Chunks {
  const chunks = read(file, signal);
  return { [Symbol.asyncIterator]: () => chunks, destroy: () => chunks.return() };
}

async function* read(file: string, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  await using handle = await open(file);
  const memory = Buffer.allocUnsafeSlow(chunkSize);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(memory, 0, chunkSize);
    if (bytesRead === 0) return;
    yield memory.subarray(0, bytesRead);
  }
}
