import { createHash } from 'node:crypto';
import { openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashAnswer, HashTask, HashThreadData } from './thread.js';

/** A thread that hashes one content, piece by piece. What it opens is closed with it. */
const { memory, file } = workerData as HashThreadData;
const input = file === undefined ? undefined : openSync(file, 'r');
const hash = createHash('sha256');
/** As much as still is in the processor's own memory when it is hashed. */
const readSize = 128 * 1024;

parentPort?.on('message', (task: HashTask) => {
  parentPort?.postMessage((task === 'end' ? hash.digest('hex') : hashed(task)) satisfies HashAnswer);
});

function hashed({ at, length, position }: Exclude<HashTask, 'end'>): number {
  const piece = new Uint8Array(memory, at, length);
  if (input === undefined || position === undefined) {
    hash.update(piece);
    return length;
  }
  let filled = 0;
  while (filled < length) {
    const read = readSync(input, piece, filled, Math.min(readSize, length - filled), position + filled);
    if (read === 0) break;
    hash.update(piece.subarray(filled, filled + read));
    filled += read;
  }
  return filled;
}
