import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decompressed } from '../../src/filesystem/decompressed.js';
import { needs } from '../support/needs.js';

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

  describe('by a program', () => {
    beforeEach(needs({ programs: ['xz', 'bzip2', 'lz4'] }));
    afterEach(() => vi.unstubAllEnvs());

    const packed = (argv: readonly string[], input = zeros) => execFileSync(argv[0] ?? '', argv.slice(1), { input });
    const content = (bytes: Buffer, most?: number) =>
      buffer(decompressed(Readable.from([bytes], { objectMode: false }), most, 'it'));

    it.each(['xz', 'bzip2', 'lz4'])('is no more than it may be: %s', async (program) => {
      const bytes = packed([program, '-c']);
      expect((await content(bytes)).equals(zeros)).toBe(true);
      await expect(content(bytes, zeros.length - 1)).rejects.toThrow('beyond all bounds');
    });

    it('takes no more memory than it may', async () => {
      const greedy = packed(['xz', '-c', '--lzma2=preset=0,dict=1GiB']);
      await expect(content(greedy)).rejects.toThrow(/cannot be decompressed.*[Mm]emory/s);
    });

    it('is told from a name that begins as bzip2 does', async () => {
      const tar = Buffer.from('BZh9-list.txt'.padEnd(512, '\0'));
      expect((await content(tar)).equals(tar)).toBe(true);
    });
  });
});
