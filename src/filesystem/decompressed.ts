import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { ReproError } from '../errors.js';
import { compressionBy, decompress } from './decompress.js';

/** As zstd(1) without `--long`: what a frame may have a decoder hold in memory. */
const windowLimit = 128 * 1024 * 1024;
/** A block of a few bytes may stand for 128 KiB, so little is decompressed at a time. */
const pieceSize = 4096;

/** Chunks, of which no more come once it is destroyed. */
export type Chunks = AsyncIterable<Buffer> & { destroy?(): unknown };

/**
 * A stream's content, compressed by gzip, zstd, xz, bzip2, lz4 or not at all, which its first bytes tell. The first two need
 * no process. What is decompressed to more than `most` bytes is refused; `name` is for messages.
 */
export async function* decompressed(
  stream: Chunks,
  most = Number.POSITIVE_INFINITY,
  name = 'the content',
): AsyncGenerator<Buffer, void> {
  const { head, rest } = await begun(stream);
  const suffix = compressionBy(head);
  if (suffix === '') yield* rest;
  else if (suffix === '.gz') yield* within(most, gunzipped(rest, stream));
  else if (suffix === '.zst') yield* within(most, unzstd(rest, head));
  else yield* within(most, decompress(Readable.from(lasting(rest), { objectMode: false }), suffix, name));
}

/** The first bytes of what a stream holds, decompressed: what came before it was found to be cut or damaged counts. */
export async function plainBeginning(stream: Chunks, size: number, name?: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decompressed(stream, undefined, name)) {
      parts.push(Buffer.from(chunk));
      length += chunk.length;
      if (length >= size) break;
    }
  } catch (error) {
    // Who reads all of it says what is wrong with it, but for a program that is missing.
    if (error instanceof ReproError) throw error;
  }
  return Buffer.concat(parts).subarray(0, size);
}

/** Software is compressed to a third or so; an archive that is made to fill disks, to a thousandth. */
export function mostOf(size: number): number {
  return 4 * 1024 ** 3 + 200 * size;
}

async function* within(most: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > most) throw new Error('it grows beyond all bounds when it is decompressed');
    yield chunk;
  }
}

async function* gunzipped(content: AsyncIterable<Buffer>, stream: Chunks): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const feed = async () => {
    for await (const chunk of content) if (!gunzip.write(chunk)) await new Promise((go) => gunzip.once('drain', go));
    gunzip.end();
  };
  feed().catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    yield* gunzip;
  } finally {
    stream.destroy?.();
  }
}

async function* unzstd(content: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer, void> {
  if (windowOf(head) > windowLimit) throw new Error('it is compressed with a window that is too large');
  const ready: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => ready.push(chunk));
  const taken = () => ready.splice(0).map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += pieceSize) {
      decoder.push(chunk.subarray(at, at + pieceSize));
      yield* taken();
    }
  }
  decoder.push(new Uint8Array(0), true);
  yield* taken();
}

/** RFC 8878, 3.1.1.1: what the first frame says of its window, or of its size where it is one segment. */
function windowOf(head: Buffer): number {
  const descriptor = head[4] ?? 0;
  const isOneSegment = (descriptor & 0x20) !== 0;
  if (!isOneSegment) {
    const byte = head[5] ?? 0;
    return 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return head.readUInt8(at);
    case 1:
      return head.readUInt16LE(at) + 256;
    case 2:
      return head.readUInt32LE(at);
    default:
      return Number(head.readBigUInt64LE(at));
  }
}

/** The first bytes of a stream, padded with zeros where it is shorter, and the whole of it. */
async function begun(stream: Chunks): Promise<{ readonly head: Buffer; readonly rest: AsyncIterable<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < headSize) {
    const { done, value } = await chunks.next();
    if (done) break;
    // A chunk may pass when the next is asked for.
    start = start.length === 0 && value.length >= headSize ? value : Buffer.concat([start, value]);
  }
  async function* whole(): AsyncGenerator<Buffer, void> {
    if (start.length > 0) yield start;
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return;
      yield value;
    }
  }
  return { head: Buffer.concat([start.subarray(0, headSize), Buffer.alloc(headSize)]), rest: whole() };
}

const headSize = 18;

/** A chunk may pass when the next is asked for, and a process takes it when it can. */
async function* lasting(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const chunk of content) yield Buffer.from(chunk);
}
