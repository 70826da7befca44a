import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressed } from '../../src/filesystem/decompressed.js';

describe('what is decompressed', () => {
  const zeros = Buffer.alloc(1 << 20);
  // RFC 8878: a frame of 1 MiB with a window of 1 MiB, of eight blocks that repeat one byte 131072 times.
  const block = (isLast: boolean) => [
    (isLast ? 1 : 0) | 2 | ((131072 << 3) & 0xff),
    (131072 >> 5) & 0xff,
    131072 >> 13,
    0,
  ];
  const blocks = Array.from({ length: 8 }, (_, at) => block(at === 7)).flat();
  const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, ...blocks]);

  it.each([
    ['gzip', gzipSync(zeros)],
    ['zstd', zstd],
  ])('is no more than it may be: %s', async (_, packed) => {
    expect((await buffer(decompressed(Readable.from([packed], { objectMode: false })))).equals(zeros)).toBe(true);
    const content = decompressed(Readable.from([packed], { objectMode: false }), zeros.length - 1);
    await expect(buffer(content)).rejects.toThrow('beyond all bounds');
  });
});
