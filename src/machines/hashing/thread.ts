import { Worker } from 'node:worker_threads';
import type { Sha256 } from '../../hash.js';

/** What a thread is told: bytes of the memory that is shared, to be hashed, or first read from its file; or that this was all. */
export type HashTask = { readonly at: number; readonly length: number; readonly position?: number } | 'end';
/** How many bytes were hashed: less than was asked for where the file ends; at the end, what came of it. */
export type HashAnswer = number | Sha256;

export interface HashThreadData {
  readonly memory: SharedArrayBuffer;
  readonly file: string | undefined;
}

/** All of them together are in memory that processors share. */
const pieceSize = 512 * 1024;
/** So far the thread may be ahead or behind. */
const pieces = 6;

/**
 * A thread that hashes one content, from a stream or from a file, while whoever takes its chunks does the same with its
 * parts. Both see the same memory: content is read once, and nothing is made anew for each of its pieces.
 */
export class HashThread implements AsyncDisposable {
  readonly #memory = new SharedArrayBuffer(pieces * pieceSize);
  readonly #worker: Worker;
  /** Tasks are done in order. */
  readonly #waiting: { resolve(answer: HashAnswer): void; reject(error: unknown): void }[] = [];
  #failure: unknown;

  constructor(file?: string) {
    this.#worker = new Worker(script, { workerData: { memory: this.#memory, file } satisfies HashThreadData });
    this.#worker.on('message', (answer: HashAnswer) => this.#waiting.shift()?.resolve(answer));
    this.#worker.once('error', (error) => {
      this.#failure = error;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** The stream's chunks as they are: they are copied. */
  async *passing(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    const begun: Promise<HashAnswer>[] = [];
    let piece = 0;
    let filled = 0;
    const send = () => {
      begun.push(this.#ask({ at: piece * pieceSize, length: filled }));
      piece = (piece + 1) % pieces;
      filled = 0;
    };
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(this.#piece(piece), filled, at);
        at += copied;
        filled += copied;
        if (filled < pieceSize) continue;
        send();
        if (begun.length === pieces) await begun.shift();
      }
      yield chunk;
    }
    send();
  }

  /** So many bytes of the thread's file, in chunks of which each is good until the next is asked for. */
  async *reading(start: number, size: number): AsyncGenerator<Buffer, void> {
    const begun: Promise<HashAnswer>[] = [];
    let position = start;
    const begin = (piece: number) => {
      const length = Math.min(pieceSize, start + size - position);
      if (length > 0) begun.push(this.#ask({ at: piece * pieceSize, length, position }));
      position += length;
    };
    for (let piece = 0; piece < pieces; piece++) begin(piece);
    for (let piece = 0; begun.length > 0; piece = (piece + 1) % pieces) {
      yield this.#piece(piece).subarray(0, Number(await begun.shift()));
      begin(piece);
    }
  }

  async digest(): Promise<Sha256> {
    return String(await this.#ask('end'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #piece(piece: number): Buffer {
    return Buffer.from(this.#memory, piece * pieceSize, pieceSize);
  }

  #ask(task: HashTask): Promise<HashAnswer> {
    const answer = new Promise<HashAnswer>((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      this.#waiting.push({ resolve, reject });
    });
    // Whoever asks for the next piece or the digest is told.
    answer.catch(() => undefined);
    this.#worker.postMessage(task);
    return answer;
  }
}

/** There only where the program is built: a thread has no loader of sources. */
const script = new URL('thread-worker.js', import.meta.url);
export const hasThreads = import.meta.url.endsWith('.js');
