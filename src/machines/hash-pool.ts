import type { BigIntStats } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FilePath } from '../model/file-path.js';
import { identityOf } from './hash-file.js';
import { type HashJob, type HashResult, hashAll } from './hash-job.js';

/** A regular file that was seen. */
export interface SeenFile {
  readonly onDisk: FilePath;
  readonly stats: BigIntStats;
}

/** As many bytes are hashed in less time than threads take to start. */
const worthThreads = 64 * 1024 * 1024;
/** What opening and closing a small file costs, in the bytes that could be hashed meanwhile. */
const costOfFile = 32 * 1024;
/** More threads than that wait for the disk, and each has memory of its own. */
const mostThreads = 8;

interface Thread {
  readonly worker: Worker;
  /** What it has still to do, in bytes. */
  load: number;
}

interface Waiting {
  readonly resolve: (results: HashResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Hashes files by as many threads as there are processors; a few files at once, without any. */
export class HashPool implements AsyncDisposable {
  #threads: Thread[] = [];
  #done = 0;
  #jobs = 0;
  #failure: unknown;
  readonly #waiting = new Map<number, Waiting>();

  /** The results in the order of the files. */
  async hash(files: readonly SeenFile[]): Promise<HashResult[]> {
    const load = files.reduce((total, { stats }) => total + Number(stats.size) + costOfFile, 0);
    const job: HashJob = { files: files.map(({ onDisk, stats }) => ({ onDisk, identity: identityOf(stats) })) };
    this.#done += load;
    if (this.#done < worthThreads || !hasThreads) return hashAll(job);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#threads.length === 0) this.#start();
    const thread = this.#threads.reduce((least, each) => (each.load < least.load ? each : least));
    const id = this.#jobs++;
    thread.load += load;
    try {
      return await new Promise<HashResult[]>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        thread.worker.postMessage({ ...job, id });
      });
    } finally {
      thread.load -= load;
      this.#waiting.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(): void {
    const count = Math.min(availableParallelism(), mostThreads);
    for (let at = 0; at < count; at++) {
      const worker = new Worker(script);
      worker.on('message', ({ id, results }: { id: number; results: HashResult[] }) =>
        this.#waiting.get(id)?.resolve(results),
      );
      worker.once('error', (error) => this.#fail(error));
      this.#threads.push({ worker, load: 0 });
    }
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}

/** There only where the program is built: a thread has no loader of sources. */
const script = new URL('hash-worker.js', import.meta.url);
const hasThreads = import.meta.url.endsWith('.js');
