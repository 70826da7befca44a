import { parentPort } from 'node:worker_threads';
import { type HashJob, hashAll } from './hash-job.js';

/** A thread of the pool that hashes files: a job in, its results out. */
parentPort?.on('message', ({ id, files }: HashJob & { readonly id: number }) => {
  parentPort?.postMessage({ id, results: hashAll({ files }) });
});
