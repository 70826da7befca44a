import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Sha256 } from '../hash.js';

/** Hashes what goes by. */
export interface StreamHash extends AsyncDisposable {
  /** Takes a chunk; where a promise comes back, the next is to wait for it. */
  update(chunk: Buffer): Promise<void> | undefined;
  digest(): Promise<Sha256>;
}

/** Less than that is hashed in less time than a thread takes to start. */
const worthThread = 64 * 1024 * 1024;
const pieceSize = 1024 * 1024;
/** Pieces on their way to the thread: so much memory is taken at most. */
const mostPieces = 16;

/** For a stream of about so many bytes: one that is long is hashed beside whatever else is done with it. */
export function streamHash(size: number): StreamHash {
  return size >= worthThread && hasThreads ? new ThreadHash() : ownHash();
}

function ownHash(): StreamHash {
  const hash = createHash('sha256');
  return {
    update(chunk) {
      hash.update(chunk);
      return undefined;
    },
    digest: async () => hash.digest('hex'),
    async [Symbol.asyncDispose]() {},
  };
}

/** What a thread is told: a piece, which it gives back to be filled anew, or that this was all. */
export type HashMessage = { readonly piece: Uint8Array<ArrayBuffer>; readonly length: number } | 'end';
export type HashAnswer = { readonly piece: Uint8Array<ArrayBuffer> } | { readonly hash: Sha256 };

class ThreadHash implements StreamHash {
  readonly #worker = new Worker(script);
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #made = 0;
  #piece: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #filled = 0;
  #wake: (() => void) | undefined;
  #failure: unknown;
  readonly #result: Promise<Sha256>;

  constructor() {
    this.#result = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: HashAnswer) => {
        if ('hash' in answer) resolve(answer.hash);
        else this.#free.push(answer.piece);
        this.#wake?.();
      });
      this.#worker.once('error', (error) => {
        this.#failure = error;
        reject(error);
        this.#wake?.();
      });
    });
    // Who asks for the digest is told.
    this.#result.catch(() => undefined);
  }

  update(chunk: Buffer): Promise<void> | undefined {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === this.#piece.length) {
        if (!this.#next()) return this.#waited(chunk.subarray(at));
      }
      const part = chunk.subarray(at, at + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
    return undefined;
  }

  async digest(): Promise<Sha256> {
    this.#send();
    this.#worker.postMessage('end' satisfies HashMessage);
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  async #waited(rest: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#failure !== undefined) throw this.#failure;
    await this.update(rest);
  }

  /** Sends the full piece and takes an empty one; false where all are on their way. */
  #next(): boolean {
    let empty = this.#free.pop();
    if (empty === undefined && this.#made < mostPieces) {
      empty = new Uint8Array(pieceSize);
      this.#made++;
    }
    if (empty === undefined) return false;
    this.#send();
    this.#piece = empty;
    return true;
  }

  #send(): void {
    if (this.#filled > 0) {
      const message: HashMessage = { piece: this.#piece, length: this.#filled };
      this.#worker.postMessage(message, [this.#piece.buffer]);
    }
    this.#piece = new Uint8Array(0);
    this.#filled = 0;
  }
}

/** There only where the program is built: a thread has no loader of sources. */
const script = new URL('stream-hash-worker.js', import.meta.url);
const hasThreads = import.meta.url.endsWith('.js');
