import type { BigIntStats } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FilePath } from '../../model/file-path.js';
import { identityOf } from './file.js';
import { type HashJob, type HashResult, hashAll } from './job.js';

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

type Answer = HashResult[] | Error;

/** Hashes files by as many threads as there are processors; a few files at once, without any. */
export class HashPool implements AsyncDisposable {
  readonly #threads: Thread[] = [];
  #seen = 0;

  /** The results in the order of the files. */
  async hash(files: readonly SeenFile[]): Promise<HashResult[]> {
    this.#seen += loadOf(files);
    if (this.#seen < worthThreads || !hasThreads) return hashAll(jobOf(files));
    if (this.#threads.length === 0) this.#start();
    const parts = partsOf(files);
    const results: HashResult[][] = [];
    let next = 0;
    const workHere = async () => {
      // A thread takes as long to start as several parts take, but for a large file, behind which all else would wait.
      for (; !this.#threads.some(({ hasBegun }) => hasBegun); await turn()) {
        const part = parts[next];
        if (part === undefined || loadOf(part) > partSize) return;
        results[next++] = hashAll(jobOf(part));
      }
    };
    const here = workHere();
    const work = async (thread: Thread) => {
      await Promise.race([here, thread.begun]);
      for (let at = next++; at < parts.length; at = next++) results[at] = await thread.hash(parts[at] ?? []);
    };
    await Promise.all([here, ...this.#threads.map(work)]);
    return results.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #start(): void {
    const count = Math.min(availableParallelism(), mostThreads);
    for (let at = 0; at < count; at++) this.#threads.push(new Thread());
  }
}

/** One thread, which does its jobs in order. */
class Thread {
  readonly #worker = new Worker(script);
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #failure: Error | undefined;
  hasBegun = false;
  readonly begun: Promise<void>;

  constructor() {
    this.#worker.on('message', (results: HashResult[]) => this.#waiting.shift()?.(results));
    this.#worker.once('error', (error) => {
      this.#failure = error;
      for (const tell of this.#waiting.splice(0)) tell(error);
    });
    this.begun = this.hash([]).then(() => {
      this.hasBegun = true;
    });
  }

  async hash(files: readonly SeenFile[]): Promise<HashResult[]> {
    if (this.#failure) throw this.#failure;
    const answered = new Promise<Answer>((resolve) => this.#waiting.push(resolve));
    this.#worker.postMessage(jobOf(files));
    const answer = await answered;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
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
const script = new URL('worker.js', import.meta.url);
const hasThreads = import.meta.url.endsWith('.js');
