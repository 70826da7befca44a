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
/** What one thread is given at once: small files together, so that few large ones are shared out as well. */
const partSize = 8 * 1024 * 1024;
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
    this.#done += loadOf(files);
    if (this.#done < worthThreads || !hasThreads) return hashAll(jobOf(files));
    if (this.#threads.length === 0) this.#start();
    return (await Promise.all(partsOf(files).map((part) => this.#hashPart(part)))).flat();
  }

  async #hashPart(files: readonly SeenFile[]): Promise<HashResult[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const load = loadOf(files);
    const thread = this.#threads.reduce((least, each) => (each.load < least.load ? each : least));
    const id = this.#jobs++;
    thread.load += load;
    try {
      return await new Promise<HashResult[]>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        thread.worker.postMessage({ ...jobOf(files), id });
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

function loadOf(files: readonly SeenFile[]): number {
  return files.reduce((total, { stats }) => total + Number(stats.size) + costOfFile, 0);
}

function jobOf(files: readonly SeenFile[]): HashJob {
  return { files: files.map(({ onDisk, stats }) => ({ onDisk, identity: identityOf(stats) })) };
}

/** In order. */
function partsOf(files: readonly SeenFile[]): SeenFile[][] {
  const parts: SeenFile[][] = [];
  let left = 0;
  for (const file of files) {
    const load = loadOf([file]);
    if (load > left) {
      parts.push([]);
      left = partSize;
    }
    parts.at(-1)?.push(file);
    left -= load;
  }
  return parts;
}

/** There only where the program is built: a thread has no loader of sources. */
const script = new URL('hash-worker.js', import.meta.url);
const hasThreads = import.meta.url.endsWith('.js');
