import { describe, expect, it } from 'vitest';
import { nameSimilarity, pathSimilarity, withoutNumbers } from '../../src/similarity/names.js';
import { compareSubtrees } from '../../src/similarity/subtrees.js';
import { entry, file, folder, trieOf } from './trees.js';

describe('names', () => {
  it.each([
    ['python3.11', 'python3.11', 1],
    // Of four parts one number is another: a quarter of a part.
    ['python3.11', 'python3.12', 1 - 0.25 / 4],
    ['libz.so.1', 'libz.so.1.2', 1 - 2 / 7],
    ['bin', 'sbin', 0],
    ['', 'a', 0],
    ['ü1', 'ü2', 1 - 0.25 / 2],
  ])('%j and %j are alike by %d', (one, other, expected) => {
    expect(nameSimilarity(one, other)).toBe(expected);
    expect(nameSimilarity(other, one)).toBe(expected);
  });

  it.each([
    ['python3.11', 'python#'],
    ['libstdc++.so.6.0.21', 'libstdc++.so.#'],
    ['x86_64-linux-gnu', 'x#_#-linux-gnu'],
    ['README', 'README'],
  ])('%s is %s without versions', (name, expected) => {
    expect(withoutNumbers(name)).toBe(expected);
  });
});

describe('paths', () => {
  it.each([
    ['/usr/lib/python3.11', '/usr/lib/python3.12', 1 - 0.25 / 4 / 3],
    ['/usr/lib', '/usr/local/lib', 1 - 1 / 3],
    ['/usr/lib/', './usr//lib', 1],
    ['/', '/', 1],
    ['/', '/usr', 0],
  ])('%s and %s are alike by %d', (one, other, expected) => {
    expect(pathSimilarity(one, other)).toBeCloseTo(expected, 14);
    expect(pathSimilarity(other, one)).toBeCloseTo(expected, 14);
  });
});

describe('a folder beside another', () => {
  const python = (root: string, version: string, more: readonly string[] = []) => [
    folder(root),
    ...['os.py', 'json', ...more].map((name) => file(`${root}/${name}`, name)),
    folder(`${root}/config-${version}-linux`),
    file(`${root}/config-${version}-linux/Makefile`, 'make'),
    file(`${root}/libpython${version}.so`, version),
  ];

  it('is the same but for versions, across environments', () => {
    const trie = trieOf({
      old: python('/usr/lib/python3.11', '3.11', ['imp.py']),
      new: python('/usr/lib/python3.12', '3.12'),
    });
    const paths = [
      { path: '/usr/lib/python3.11', tag: 0 },
      { path: '/usr/lib/python3.12', tag: 1 },
    ] as const;
    const compared = compareSubtrees(trie, ...paths, 'path');
    expect(compared).toMatchObject({
      one: { source: 'old', entries: 6 },
      other: { source: 'new', entries: 5 },
      ...{ same: 2, aligned: 3, score: 4 / 11 },
    });
    expect(compared.scoreAligned).toBeGreaterThan(0.85);
    expect(compared.renamed.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '/usr/lib/python3.11/config-3.11-linux /usr/lib/python3.12/config-3.12-linux',
      '/usr/lib/python3.11/libpython3.11.so /usr/lib/python3.12/libpython3.12.so',
    ]);
    // The library is another one.
    expect(compareSubtrees(trie, ...paths, 'content')).toMatchObject({ same: 2, aligned: 2 });
  });

  it('is the same in one environment as in another, and 1 beside itself', () => {
    const trie = trieOf({ both: [...python('/a/python3.8', '3.8'), ...python('/b/python3.9', '3.9')] });
    const [one, other] = [
      { path: '/a/python3.8', tag: 0 },
      { path: '/b/python3.9/', tag: 0 },
    ];
    expect(compareSubtrees(trie, one, other, 'path')).toMatchObject({ same: 2, aligned: 3 });
    const there = compareSubtrees(trie, one, other, 'path');
    const back = compareSubtrees(trie, other, one, 'path');
    expect([back.score, back.scoreAligned, back.paths]).toEqual([there.score, there.scoreAligned, there.paths]);
    expect(compareSubtrees(trie, one, one, 'content')).toMatchObject({ score: 1, scoreAligned: 1, renamed: [] });
  });

  it('is not aligned with what only has a letter in common', () => {
    const trie = trieOf({
      one: [entry('/d/Y.pl'), entry('/d/ustr-1.0')],
      other: [entry('/d/T.pl'), entry('/d/tasn1.so')],
    });
    const compared = compareSubtrees(trie, { path: '/d', tag: 0 }, { path: '/d', tag: 1 }, 'path');
    expect(compared).toMatchObject({ same: 0, aligned: 0, scoreAligned: 0, renamed: [] });
  });

  it('takes the nearest of several versions', () => {
    const trie = trieOf({
      one: ['libssl.so.1', 'libssl.so.1.1.1'].map((name) => entry(`/l/${name}`)),
      other: ['libssl.so.3', 'libssl.so.3.0.2'].map((name) => entry(`/l/${name}`)),
    });
    const { renamed } = compareSubtrees(trie, { path: '/l', tag: 0 }, { path: '/l', tag: 1 }, 'path');
    expect(renamed.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '/l/libssl.so.1 /l/libssl.so.3',
      '/l/libssl.so.1.1.1 /l/libssl.so.3.0.2',
    ]);
  });

  it('that is not there is told', () => {
    const trie = trieOf({ one: [entry('/a')], other: [entry('/b')] });
    expect(() => compareSubtrees(trie, { path: '/b', tag: 0 }, { path: '/b', tag: 1 }, 'path')).toThrow(
      expect.objectContaining({ kind: 'usage', message: 'there is no /b in one' }),
    );
  });
});
