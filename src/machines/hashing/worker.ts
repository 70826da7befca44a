import { parentPort } from 'node:worker_threads';
import { type HashJob, hashAll } from './job.js';

/** A thread of the pool that hashes files: a job in, its results out. */
parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(hashAll(job)));
