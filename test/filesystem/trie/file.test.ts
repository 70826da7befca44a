import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTrieFile, readTrieFile, writeTrieFile } from '../../../src/filesystem/trie/file.js';
import { packTrie } from '../../../src/filesystem/trie/pack.js';
import { packSections, unpackSections } from '../../../src/filesystem/trie/sections.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import { unpackTrie } from '../../../src/filesystem/trie/unpack.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import type { FilePath } from '../../../src/model/file-path.js';

const at = (path: string) => path as FilePath;
const hash = '0123456789abcdef'.repeat(4);
const entries: readonly (readonly [string, PartialEntry])[] = [
  ['a', { path: at('/'), type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 1 }],
  [
    'a',
    { path: at('/bin/\xff\n'), type: 'file', mode: 0o4755, uid: 4_294_967_295, gid: 7, size: 2 ** 40, mtime: -1, hash },
  ],
  ['b', { path: at('/bin/\xff\n'), type: 'file', hash: 'f'.repeat(64), package: 'debian ünï 1', attributes: '' }],
  ['a', { path: at('/bin/sh'), type: 'symlink', target: at('../\xe9'), attributes: 'user.a=00\n' }],
  ['b', { path: at('/bin/sh'), sameAs: at('/bin/ash'), unreadable: 'EACCES' }],
  ['c', { path: at('/bin') }],
  ['', { path: at('/opt/x'), size: 5 }],
];
const facts = new Map<string, unknown>([['b', { packages: [{ name: 'ünï' }], environment: { A: '1' } }]]);

const trieOf = (some: typeof entries) => {
  const trie = new FilesystemTrie();
  for (const tag of ['a', 'b', 'c', '', 'nothing']) trie.addTag(tag);
  for (const [tag, entry] of some) trie.insert(entry, tag);
  return trie;
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trie-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function written(trie: FilesystemTrie, name: string): Promise<string> {
  const file = join(folder, name);
  await writeTrieFile(file, trie, facts);
  return file;
}

describe('a file of a trie', () => {
  it('gives back all environments, entries, counts and facts, and nothing else is left beside it', async () => {
    const file = await written(trieOf(entries), 'whole.trie');
    const { trie, facts: told } = await readTrieFile(file);
    expect(trie.tags).toEqual(['a', 'b', 'c', 'nothing']);
    for (const [tag, entry] of entries) expect(trie.entry(entry.path, tag)).toEqual(entry);
    expect([trie.size, trie.getCount('/bin/sh'), trie.find('/opt')?.count]).toEqual([5, 2, 0]);
    expect(told).toEqual(facts);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(isTrieFile(readFileSync(file).subarray(0, 16))).toBe(true);
  });

  it('has the same bytes in whatever order entries were put, and after it was read and written', async () => {
    const one = await written(trieOf(entries), 'one.trie');
    const other = trieOf([...entries].reverse());
    other.insert({ path: at('/gone/by') }, 'c');
    other.remove('/gone');
    const again = (await readTrieFile(one)).trie;
    for (const file of [await written(other, 'other.trie'), await written(again, 'again.trie')]) {
      expect(readFileSync(file).equals(readFileSync(one))).toBe(true);
    }
  });

  it('can be added to and taken from as any trie', async () => {
    const { trie } = await readTrieFile(await written(trieOf(entries), 'more.trie'));
    trie.insert({ path: at('/bin/sh'), size: 3 }, 'a');
    trie.insert({ path: at('/bin/aa/b') }, 'new');
    trie.remove('/opt');
    expect(trie.entry('/bin/sh', 'a')).toEqual({ path: '/bin/sh', size: 3 });
    expect([trie.children('/bin'), trie.children('/'), trie.size]).toEqual([['aa', 'sh', '\xff\n'], ['bin'], 5]);
    expect(trie.find('/bin/aa/b')?.tags).toEqual(['new']);
  });

  it('keeps that it counts as container-tree does', async () => {
    const trie = new FilesystemTrie({ collapseRepeats: true });
    const file = await written(trie, 'compat.trie');
    const read = (await readTrieFile(file)).trie;
    read.insert({ path: at('/opt/a/a') }, 'x');
    expect(read.nodeCount).toBe(3);
  });

  it('holds lists of nothing but paths, or paths and sizes', async () => {
    const trie = new FilesystemTrie();
    trie.insertAll([{ path: at('/a/b') }, { path: at('/c'), size: 7 }], 'list');
    const read = (await readTrieFile(await written(trie, 'list.trie'))).trie;
    expect([...read]).toEqual([{ path: '/a/b' }, { path: '/c', size: 7 }]);
  });

  it('holds nothing at all', async () => {
    const { trie } = await readTrieFile(await written(new FilesystemTrie(), 'empty.trie'));
    expect([trie.size, trie.nodeCount, trie.tags]).toEqual([0, 1, []]);
  });
});

describe('a file that is no trie, or not a whole one', () => {
  const broken = async (change: (bytes: Buffer) => Buffer) => {
    const file = await written(trieOf(entries), 'broken.trie');
    writeFileSync(file, change(readFileSync(file)));
    return readTrieFile(file).then(
      () => undefined,
      (error: Error) => error,
    );
  };

  it.each([
    ['another file', (_: Buffer) => Buffer.from('[{"Image":""}]'), /does not begin as one \(at byte 0\)/],
    ['nothing', (_: Buffer) => Buffer.alloc(0), /does not begin as one/],
    ['another version', (bytes: Buffer) => set(bytes, 15, 9), /version 9, and only version 1/],
    ['a directory that ends nowhere', (bytes: Buffer) => set(bytes, 19, 0xff), /ends in its directory/],
    ['a byte more', (bytes: Buffer) => Buffer.concat([bytes, bytes.subarray(0, 1)]), /1 bytes follow/],
  ])('says what is wrong with %s', async (_, change, message) => {
    const error = await broken(change);
    expect(error).toMatchObject({ name: 'ReproError', kind: 'usage', message: expect.stringMatching(message) });
  });

  const whole = packSections(packTrie(trieOf(entries), facts));
  const told = (bytes: Buffer) => {
    try {
      unpackTrie(unpackSections(bytes, 'x.trie'), 'x.trie');
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const clear = { name: 'ReproError', kind: 'usage', message: expect.stringMatching(/^x\.trie .*\d/s) };

  it('is told wherever it ends', () => {
    for (let length = 0; length < whole.length; length++) expect(told(whole.subarray(0, length))).toMatchObject(clear);
  });

  it('is told whichever byte of it is another', () => {
    for (let byte = 0; byte < whole.length; byte++) {
      const error = told(set(whole, byte, (whole[byte] ?? 0) ^ 0x10));
      expect(error, `byte ${byte}`).toMatchObject(clear);
    }
  });

  const numbers = (...all: number[]) => new Uint8Array(Int32Array.from(all).buffer);
  it.each([
    ['parents', numbers(-1, 0, 5, 1, 0, 4), /below what is none/],
    ['parents', numbers(-1, 0, 1), /"names" has 6 rows instead of 3/],
    ['parents', new Uint8Array(7), /no whole numbers/],
    ['names', numbers(0, 1, 2, 99, 4, 5), /a name that is none/],
    ['names', numbers(0, 1, 3, 2, 4, 5), /out of order/],
    ['labels', new Uint8Array(4), /label|bytes too many/],
    ['setTags', numbers(9, 9, 9, 9, 9, 9, 9, 9, 9), /setTags|setEnds/],
    ['sets', numbers(1, 2, 3, 4, 5, 1000), /names no set in row 5/],
    ['valueCounts', numbers(1, 1, 1, 1, 1, 1e9), /has 1000000005 values/],
    ['target', numbers(99, 99, 99, 99, 99, 99, 99), /names no text|rows/],
    ['hashes', new Uint8Array(32), /has not 2 hashes/],
    ['knows', new Uint8Array(2), /rows/],
    ['texts', Buffer.from('["a","a"]'), /has a text twice/],
    ['texts', Buffer.from('{}'), /is not what it should be/],
    ['environments', Buffer.from('{"environments":[{"tag":"a"},{"tag":"a"}]}'), /a tag twice/],
    ['environments', Buffer.from('nothing'), /is not JSON/],
  ])('is told what of its section %s is not as it must be', (name, bytes, message) => {
    const sections = new Map([...packTrie(trieOf(entries), facts), [name, bytes]]);
    const error = told(packSections(sections));
    expect(error).toMatchObject({ name: 'ReproError', kind: 'usage', message: expect.stringMatching(message) });
  });

  it('makes nothing of a length before it is known to be there', () => {
    const lying = JSON.stringify([
      { name: 'parents', packed: true, stored: 1, length: 4_000_000_000, crc32: crc32('x') },
    ]);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(lying.length, 0);
    head.writeUInt32LE(crc32(lying), 4);
    const file = Buffer.concat([whole.subarray(0, 16), head, Buffer.from(lying), Buffer.from('x')]);
    expect(told(file)).toMatchObject({ message: expect.stringMatching(/is said to have 4000000000 bytes/) });
  });
});

function set(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  return changed;
}
