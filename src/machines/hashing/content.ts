import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Chunks } from '../../filesystem/decompressed.js';
import type { Sha256 } from '../../hash.js';
import { HashThread, hasThreads } from './thread.js';

/** Content that is read once, and hashed as a whole beside whatever is done with its chunks. */
export interface HashedContent extends AsyncDisposable {
  /** Each is good until the next is asked for: then its memory may be filled anew. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Of all chunks, when they were taken. */
  digest(): Promise<Sha256>;
}

/** Less than that is hashed in less time than a thread takes to start. */
const worthThread = 64 * 1024 * 1024;

/** A stream of about so many bytes. */
export function hashedStream(stream: AsyncIterable<Buffer>, size: number): HashedContent {
  if (size < worthThread || !hasThreads) return hashedHere(stream);
  const thread = new HashThread();
  return hashedBeside(thread, thread.passing(stream));
}

/** So many bytes of a file of this machine. */
export function hashedFile({ file, start }: { file: string; start: number }, size: number): HashedContent {
  if (size < worthThread || !hasThreads) {
    return hashedHere(createReadStream(file, { start, end: start + Math.max(size, 1) - 1, highWaterMark: 1 << 20 }));
  }
  const thread = new HashThread(file);
  return hashedBeside(thread, thread.reading(start, size));
}

function hashedHere(stream: Chunks): HashedContent {
  const hash = createHash('sha256');
  async function* chunks(): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return {
    chunks: chunks(),
    digest: async () => hash.digest('hex'),
    async [Symbol.asyncDispose]() {
      stream.destroy?.();
    },
  };
}

function hashedBeside(thread: HashThread, chunks: AsyncIterable<Buffer>): HashedContent {
  return { chunks, digest: () => thread.digest(), [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose]() };
}
