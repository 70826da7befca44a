import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashMessage } from './stream-hash.js';

/** A thread that hashes one stream, piece by piece, and gives the pieces back. */
const hash = createHash('sha256');
parentPort?.on('message', (message: HashMessage) => {
  if (message === 'end') {
    parentPort?.postMessage({ hash: hash.digest('hex') } satisfies HashAnswer);
    return;
  }
  const { piece, length } = message;
  hash.update(piece.subarray(0, length));
  parentPort?.postMessage({ piece } satisfies HashAnswer, [piece.buffer]);
});
