import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarMembers } from '../../src/filesystem/tar.js';
import type { TarChunks } from '../../src/filesystem/tar-blocks.js';
import { readTar } from '../../src/filesystem/tar-reader.js';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import { sha256, sha256OfStream } from '../../src/hash.js';
import type { FileEntry } from '../../src/model/file-entry.js';

let folder: string;
const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;
const odd = Buffer.from('na\xefve\n\xff name', 'latin1');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-'));
  mkdirSync(join(folder, long), { recursive: true });
  writeFileSync(join(folder, long, 'deep'), 'deep content');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), odd]), 'odd');
  writeFileSync(join(folder, 'big'), Buffer.alloc(3_000_001, 7));
  writeFileSync(join(folder, 'empty'), '');
  symlinkSync('../target with space', join(folder, 'link'));
  execFileSync('ln', [join(folder, 'big'), join(folder, 'same')]);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function entriesOf(...options: string[]): Promise<Map<string, FileEntry>> {
  const child = spawn('tar', ['-C', folder, ...options, '-cf', '-', '.']);
  const entries = new Map<string, FileEntry>();
  for await (const entry of readTar(child.stdout, { hash: true })) entries.set(entry.path, entry);
  return entries;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** A header with other fields, and the checksum of those. */
function summed(block: Buffer, ...fields: readonly (readonly [text: string, at: number])[]): Buffer {
  for (const [text, at] of fields) block.write(text, at);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

describe.each([['--format=gnu'], ['--format=pax'], ['--format=posix']])('readTar of %s', (format) => {
  it('keeps names that are long or not UTF-8, links, hard links and contents', async () => {
    const entries = await entriesOf(format);
    expect(entries.get(`/${long}/deep`)?.hash).toBe(sha256('deep content'));
    expect(entries.get(`/${odd.toString('latin1')}`)?.hash).toBe(sha256('odd'));
    expect(entries.get('/big')).toMatchObject({
      type: 'file',
      size: 3_000_001,
      hash: sha256(Buffer.alloc(3_000_001, 7)),
    });
    expect(entries.get('/same')).toMatchObject({ type: 'file', size: 3_000_001, hash: entries.get('/big')?.hash });
    expect(entries.get('/empty')).toMatchObject({ size: 0, hash: sha256('') });
    expect(entries.get('/link')).toMatchObject({ type: 'symlink', target: '../target with space' });
    expect(entries.get('/pipe')?.type).toBe('fifo');
    expect(entries.get('/')?.type).toBe('directory');
  });
});

describe('readTar', () => {
  it('says that an archive is cut short', async () => {
    const bytes = execFileSync('tar', ['-C', folder, '-cf', '-', './big'], { maxBuffer: 1e8 });
    const read = async () => {
      for await (const _ of readTar(once(bytes.subarray(0, 100_000))));
    };
    await expect(read()).rejects.toThrow('ends in the middle');
  });

  it('needs no chunk any more when it has asked for the next', async () => {
    const bytes = execFileSync('tar', ['-C', folder, '--format=pax', '-cf', '-', '.'], { maxBuffer: 1e8 });
    async function* refilled() {
      const memory = Buffer.alloc(700);
      for (let at = 0; at < bytes.length; at += memory.length) yield memory.subarray(0, bytes.copy(memory, 0, at));
    }
    const entries = [];
    for await (const entry of readTar(refilled(), { hash: true })) entries.push(entry);
    const whole = [];
    for await (const entry of readTar(once(bytes), { hash: true })) whole.push(entry);
    expect(entries).toEqual(whole);
  });

  it('holds no more headers than can be of use, however many come before a member', async () => {
    const value = 'x'.repeat(1_000_000);
    const header = (at: number) => {
      const record = `1000012 k${String(at).padStart(2, '0')}=${value}\n`;
      const size = Buffer.byteLength(record);
      const block = tarHeader({ name: 'h', type: 'file', mode: 0, uid: 0, gid: 0, size, mtime: 0 });
      return Buffer.concat([summed(block, ['g', 156]), Buffer.from(record), tarPadding(size)]);
    };
    async function* headers() {
      for (let at = 0; at < 99; at++) yield header(at);
    }
    const read = async () => {
      for await (const _ of readTar(headers()));
    };
    await expect(read()).rejects.toThrow('more in its headers');
  });

  it.each(['x', 'g', 'L', 'K'])('refuses a header of less than nothing (%s)', async (flag) => {
    const block = tarHeader({ name: 'h', type: 'file', mode: 0, uid: 0, gid: 0, size: 0, mtime: 0 });
    const read = async () => {
      for await (const _ of readTar(once(Buffer.concat([summed(block, [flag, 156], ['-0000001000', 124]), tarEnd()]))));
    };
    await expect(read()).rejects.toThrow('a header of -512 bytes');
  });

  it('refuses what is no archive, and members outside of it', async () => {
    const read = async (bytes: Buffer) => {
      for await (const _ of readTar(once(bytes)));
    };
    await expect(read(Buffer.alloc(1024, 'x'))).rejects.toThrow('not a tar archive');
    const outside = execFileSync('tar', ['-C', folder, '-P', '-cf', '-', '--transform=s,^empty,../escape,', 'empty']);
    await expect(read(outside)).rejects.toThrow('outside of itself');
  });
});

describe('tarMembers of what need not be read', () => {
  const archive = () =>
    execFileSync('tar', ['-C', folder, '-cf', '-', './big', './empty', './link'], { maxBuffer: 1e8 });

  function passable(bytes: Buffer) {
    let at = 0;
    const given = { bytes: 0 };
    const chunks: TarChunks = {
      skip(passed) {
        at += passed;
      },
      async *[Symbol.asyncIterator]() {
        for (; at < bytes.length; ) {
          const chunk = bytes.subarray(at, at + 1000);
          at += chunk.length;
          given.bytes += chunk.length;
          yield chunk;
        }
      },
    };
    return { chunks, given };
  }

  async function placesOf(chunks: TarChunks): Promise<[path: string, offset: number][]> {
    const places: [string, number][] = [];
    for await (const { path, offset } of tarMembers(chunks)) places.push([path, offset]);
    return places;
  }

  it('are where they are found by reading all, and contents are passed over', async () => {
    const { chunks, given } = passable(archive());
    expect(await placesOf(chunks)).toEqual(await placesOf(once(archive())));
    expect(given.bytes).toBeLessThan(20_000);
  });

  it('have their contents where these are asked for', async () => {
    for await (const { path, content, size } of tarMembers(passable(archive()).chunks)) {
      if (path === '/big') expect((await sha256OfStream(content, size)).hash).toBe(sha256(Buffer.alloc(3_000_001, 7)));
    }
  });

  it.each([100_000, 512 + 3_000_000, 512 + 3_000_001])('are told to be cut short after %d bytes', async (length) => {
    await expect(placesOf(passable(archive().subarray(0, length)).chunks)).rejects.toThrow('ends in the middle');
  });
});
