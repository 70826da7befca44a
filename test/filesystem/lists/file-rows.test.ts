import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { fileRows } from '../../../src/filesystem/lists/file-rows.js';
import { openList } from '../../../src/filesystem/lists/read.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';

/** Numbers from 0 to 1, the same ones for the same seed. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Chunks that are gone when the next is asked for. */
async function* passing(chunks: readonly Buffer[]): AsyncGenerator<Buffer, void> {
  for (const chunk of chunks) {
    const memory = Buffer.from(chunk);
    yield memory;
    memory.fill('},{"Name": "/x", "Size": 1},');
  }
}

describe('rows of files that are told by their bytes', () => {
  it.each([
    ['one as it is written close', '{"Name":"/a","Size":1},', [{ path: '/a', size: 1 }]],
    ['one with space', '\n {\n\t"Name" : "/a/b" ,\r\n "Size" : 0 }\n ,', [{ path: '/a/b', size: 0 }]],
    ['a size that is not known', '{"Name":"/a","Size":-1},', [{ path: '/a' }]],
    ['a hidden name', '{"Name":"/.a/..b/...","Size":1},', [{ path: '/.a/..b/...', size: 1 }]],
    ['a folder with a slash behind it', '{"Name":"/a/","Size":1},', [{ path: '/a/', size: 1 }]],
    [
      'a path behind another that it begins with',
      '{"Name":"/a","Size":1},{"Name":"/a","Size":2},{"Name":"/ab","Size":3},{"Name":"/","Size":4},',
      [
        { path: '/a', size: 1 },
        { path: '/a', size: 2 },
        { path: '/ab', size: 3 },
        { path: '/', size: 4 },
      ],
    ],
  ])('are %s', (_, text, entries) => {
    const { rows, stop } = fileRows(Buffer.from(text));
    expect([[...rows], rows.length, stop]).toEqual([entries, entries.length, Buffer.byteLength(text)]);
  });

  it.each([
    ['without a comma', '{"Name":"/a","Size":1}'],
    ['cut off', '{"Name":"/a","Size":1'],
    ['of which the name is cut off', '{"Name":"/a'],
    ['that is relative', '{"Name":"a","Size":1},'],
    ['with an escape', '{"Name":"/a\\n","Size":1},'],
    ['with a control character', '{"Name":"/a\n","Size":1},'],
    ['that is not of ASCII', '{"Name":"/é","Size":1},'],
    ['with an empty part', '{"Name":"/a//b","Size":1},'],
    ['with a dot', '{"Name":"/a/./b","Size":1},'],
    ['with a dot at its end', '{"Name":"/a/.","Size":1},'],
    ['with two dots', '{"Name":"/a/../b","Size":1},'],
    ['with two dots at its end', '{"Name":"/a/..","Size":1},'],
    ['with a fraction', '{"Name":"/a","Size":1.5},'],
    ['with an exponent', '{"Name":"/a","Size":1e3},'],
    ['with a leading zero', '{"Name":"/a","Size":01},'],
    ['without digits', '{"Name":"/a","Size":-},'],
    ['that is not exact', '{"Name":"/a","Size":9007199254740993},'],
    ['with a text for a size', '{"Name":"/a","Size":"1"},'],
    ['in another order', '{"Size":1,"Name":"/a"},'],
    ['with more', '{"Name":"/a","Size":1,"More":1},'],
    ['with a name twice', '{"Name":"/a","Name":"/b","Size":1},'],
  ])('are none %s, behind one that is', (_, text) => {
    const one = '{"Name":"/a/..b","Size":1},';
    const { rows, stop } = fileRows(Buffer.from(one + text));
    expect([[...rows], stop]).toEqual([[{ path: '/a/..b', size: 1 }], one.length]);
  });

  it('are what JSON.parse makes of them, whatever stands among them and wherever chunks end', async () => {
    const random = numbersFrom(7);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const parts = ['usr', 'lib', 'a', 'b.c', '.d', '..', '.', '', 'é', 'x y', '"', '\\', '\n', 'long'.repeat(20)];
    for (let round = 0; round < 60; round++) {
      const usual = parts.slice(0, random() < 0.5 ? 5 : parts.length);
      const list = Array.from({ length: 1 + Math.floor(random() * 6000) }, () => ({
        Name: `/${Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(usual)).join('/')}`,
        Size: pick([0, 1, -1, 4096, 123_456_789, 2 ** 40]),
      }));
      const document = [{ Image: 'x', AnalyzeType: 'File', Analysis: list }];
      const text = Buffer.from(JSON.stringify(document, undefined, pick([0, 1, 2, 4])));
      const size = pick([1000, 65_536, 262_144, 1 << 24]);
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.subarray(at * size, (at + 1) * size),
      );
      const read: PartialEntry[] = [];
      const trie = new FilesystemTrie();
      for await (const batch of openList(() => passing(chunks), { where: 'x' }).batches()) {
        read.push(...batch);
        trie.insertAll(batch);
      }
      // As one chunk of another form, nothing of it is told by its bytes.
      const turned = JSON.stringify([{ ...document[0], Analysis: list.map(({ Name, Size }) => ({ Size, Name })) }]);
      const expected: PartialEntry[] = [];
      const parsed = new FilesystemTrie();
      for await (const batch of openList(() => Readable.from([Buffer.from(turned)]), { where: 'x' }).batches()) {
        expected.push(...batch);
        for (const entry of batch) parsed.insert(entry);
      }
      expect(read).toEqual(expected);
      expect([...trie]).toEqual([...parsed]);
      expect(trie.export()).toEqual(parsed.export());
    }
  });
});
