import { Readable } from 'node:stream';
import { crc32, createGzip } from 'node:zlib';

type Chunks = AsyncIterable<Uint8Array>;
type Compressor = (content: Chunks) => Chunks;

/**
 * By the header's word for it. A payload must be in the format that its header names; zstd and xz are written with
 * their content stored as it is, as nothing that compresses so comes with Node.
 */
export const compressors: Readonly<Record<string, Compressor>> = {
  gzip: (content) => Readable.from(content, { objectMode: false }).pipe(createGzip({ level: 4 })),
  zstd: storedAsZstd,
  xz: storedAsXz,
};

const zstdBlock = 1 << 17;

/** RFC 8878: a frame with a window of 128 KiB, its blocks raw, the last one empty. */
async function* storedAsZstd(content: Chunks): Chunks {
  yield Buffer.from('28b52ffd0038', 'hex');
  for await (const block of blocks(content, zstdBlock)) yield* [littleEndian(block.length << 3, 3), block];
  yield littleEndian(1, 3);
}

const xzChunk = 1 << 16;

/** The .xz file format 1.1: one block of LZMA2 chunks that are not compressed, without a check. */
async function* storedAsXz(content: Chunks): Chunks {
  const flags = Buffer.alloc(2);
  const blockHeader = Buffer.from('0200210108000000', 'hex');
  yield* [Buffer.from('fd377a585a00', 'hex'), flags, littleEndian(crc32(flags), 4)];
  yield* [blockHeader, littleEndian(crc32(blockHeader), 4)];
  let unpacked = 0;
  let packed = blockHeader.length + 4;
  for await (const block of blocks(content, xzChunk)) {
    const size = block.length - 1;
    yield* [Buffer.of(unpacked === 0 ? 1 : 2, size >> 8, size & 0xff), block];
    unpacked += block.length;
    packed += block.length + 3;
  }
  packed += 1;
  yield* [Buffer.of(0), padding(packed)];
  const records = Buffer.concat([Buffer.of(0, 1), variableLength(packed), variableLength(unpacked)]);
  const index = Buffer.concat([records, padding(records.length)]);
  yield* [index, littleEndian(crc32(index), 4)];
  const footer = Buffer.concat([littleEndian((index.length + 4) / 4 - 1, 4), flags]);
  yield* [littleEndian(crc32(footer), 4), footer, Buffer.from('YZ')];
}

/** The content in pieces of one size but for the last. */
async function* blocks(content: Chunks, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - length);
      held.push(part);
      length += part.length;
      at += part.length;
      if (length < size) continue;
      yield Buffer.concat(held);
      held = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

function littleEndian(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
}

/** Seven bits in each byte, the lowest first. */
function variableLength(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.of(...bytes, rest);
    bytes.push((rest % 128) | 128);
  }
}

function padding(size: number): Buffer {
  return Buffer.alloc((4 - (size % 4)) % 4);
}
