import { describe, expect, it } from 'vitest';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { randomNumbers } from '../../support/random.js';

const at = (path: string) => path as FilePath;
const entry = (path: string, more: Partial<PartialEntry> = {}): PartialEntry => ({ path: at(path), ...more });
const trieOf = (trees: Readonly<Record<string, readonly string[]>>) => {
  const trie = new FilesystemTrie();
  for (const [tag, paths] of Object.entries(trees)) for (const path of paths) trie.insert(entry(path), tag);
  return trie;
};

/** Parents first and siblings in byte order. */
const inPathOrder = (paths: readonly string[]) =>
  [...paths].sort((a, b) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1));

describe('one filesystem', () => {
  it('finds, counts and replaces entries, in whatever order they come', async () => {
    const trie = await FilesystemTrie.of([entry('/b/c'), entry('/a'), entry('/b', { type: 'directory' })]);
    trie.insert(entry('/a', { size: 5 }));
    expect([trie.size, trie.entry('/a')?.size, trie.entry('/b/x')]).toEqual([3, 5, undefined]);
    expect([...trie].map(({ path }) => path)).toEqual(['/a', '/b', '/b/c']);
  });

  it('has one place for each path and folder, however little a path shares with the one before it', () => {
    const random = randomNumbers(7);
    const names = ['a', 'a-b', 'a.b', 'ab', 'a\xff', 'b', 'longer-than-a-word', 'longer-than-a-worm'];
    const some = () => names[random(names.length)] ?? '';
    for (const order of ['sorted', 'as they come', 'one by one'] as const) {
      const paths = Array.from({ length: 3000 }, () => `/${Array.from({ length: 1 + random(4) }, some).join('/')}`);
      const written = paths.map((path) => (random(10) === 0 ? `${path.replaceAll('/', '//')}/./` : path));
      if (order === 'sorted') written.sort();
      const trie = new FilesystemTrie();
      if (order === 'one by one') for (const path of written) trie.insert(entry(path));
      else trie.insertAll(written.map((path) => entry(path)));
      const places = new Set(
        paths.flatMap((path) =>
          [...path.matchAll(/\/[^/]+/g)].map(({ index, 0: part }) => path.slice(0, index + part.length)),
        ),
      );
      expect([trie.nodeCount, trie.size]).toEqual([places.size + 1, new Set(paths).size]);
      for (const path of places) expect(trie.getCount(path)).toBe(paths.filter((each) => each === path).length);
      expect([...trie].map(({ path }) => path)).toEqual(inPathOrder([...new Set(paths)]));
    }
  });

  it('lists siblings in byte order', async () => {
    const trie = await FilesystemTrie.of(['/d/\xff', '/d/Z', '/d/a', '/d-'].map((path) => entry(path)));
    expect(trie.children('/d')).toEqual(['Z', 'a', '\xff']);
    expect(trie.children('/')).toEqual(['d', 'd-']);
  });

  it.each([
    ['all of it', { type: 'file', mode: 0o4755, uid: 4_294_967_295, gid: 7, size: 2 ** 40, mtime: -1 }],
    ['its content', { type: 'file', hash: '0123456789abcdef'.repeat(4) }],
    ['where a link leads', { type: 'symlink', target: at('../\xff') }],
    ['why it was not read', { type: 'file', unreadable: 'EACCES' }],
    ['its package', { package: 'debian libc6:amd64 2.36' }],
    ['its path', {}],
  ] as const)('gives back what it was given of an entry: %s', async (_, known) => {
    const given = entry('/usr/bin/x', known);
    expect((await FilesystemTrie.of([given])).entry('/usr/bin/x')).toEqual(given);
  });

  it('knows folders that only lie on the way, and has no entry of them', () => {
    const trie = trieOf({ a: ['/etc/ssl/certs'] });
    expect(trie.find('/etc/ssl')).toEqual({ path: '/etc/ssl', name: 'ssl', tags: ['a'], count: 0 });
    expect([trie.entry('/etc/ssl', 'a'), trie.size, trie.nodeCount]).toEqual([undefined, 1, 4]);
  });

  it('traces a path from the root, and nothing of one that is not there', () => {
    const trie = trieOf({ a: ['/etc/ssl'] });
    expect(trie.trace('/etc/ssl').map(({ name }) => name)).toEqual(['/', 'etc', 'ssl']);
    expect(trie.trace('/etc/tls')).toEqual([]);
  });

  it('counts how often a path was put', () => {
    const trie = trieOf({ a: ['/etc/tomato', '/etc/tomato'], b: ['/etc/tomato'] });
    expect([trie.getCount('/etc/tomato'), trie.getCount('/etc'), trie.getCount('/no')]).toEqual([3, 0, 0]);
  });

  it('takes slashes and dots as a path does', () => {
    const trie = trieOf({ a: ['./a//b/', 'a/./c', '/'] });
    expect(trie.children('/a')).toEqual(['b', 'c']);
    expect([trie.find('//a/b')?.path, trie.find('')?.path]).toEqual(['/a/b', '/']);
  });

  it('searches by a pattern, in the order of paths and not more than asked for', () => {
    const trie = trieOf({ a: ['/b/x1', '/a/x2', '/a/y'] });
    const found = (pattern: RegExp, limit?: number) => [...trie.search(pattern, limit)].map(({ path }) => path);
    expect(found(/x\d$/g)).toEqual(['/a/x2', '/b/x1']);
    expect(found(/x/, 1)).toEqual(['/a/x2']);
  });
});

describe('many filesystems', () => {
  const shared = ['/', '/bin', '/bin/sh', '/etc'];

  it('tells which have a place, the folders above included', () => {
    const trie = trieOf({ one: [...shared, '/etc/one'], two: [...shared, '/opt/x/y'] });
    expect(trie.tags).toEqual(['one', 'two']);
    expect(trie.find('/bin/sh')?.tags).toEqual(['one', 'two']);
    expect(trie.find('/opt/x')?.tags).toEqual(['two']);
  });

  it('keeps what each has at one path', () => {
    const trie = new FilesystemTrie();
    trie.insert(entry('/f', { size: 1 }), 'a');
    trie.insert(entry('/f', { size: 2 }), 'b');
    trie.insert(entry('/f', { size: 1 }), 'c');
    expect(['a', 'b', 'c', 'd'].map((tag) => trie.entry('/f', tag)?.size)).toEqual([1, 2, 1, undefined]);
    trie.insert(entry('/f', { size: 2 }), 'a');
    expect(['a', 'b', 'c'].map((tag) => trie.entry('/f', tag)?.size)).toEqual([2, 2, 1]);
  });

  it('removes a folder from one of them, or from all', () => {
    const trie = trieOf({ a: ['/d/x/y', '/e'], b: ['/d/x/y', '/d/z'] });
    trie.remove('/d/x', 'a');
    expect([trie.find('/d/x/y')?.tags, trie.size]).toEqual([['b'], 3]);
    trie.remove('/d');
    expect([trie.find('/d'), trie.children('/'), trie.size]).toEqual([undefined, ['e'], 1]);
    trie.insert(entry('/d/x/y'), 'a');
    expect([trie.find('/d/x/y')?.tags, trie.getCount('/d/x/y'), trie.size]).toEqual([['a'], 1, 2]);
  });

  it('scores what they share by places, the root being one', () => {
    const trie = trieOf({ one: ['/a', '/b'], two: ['/b', '/c/d'], three: ['/z'] });
    expect(trie.similarityScore(['one', 'two'])).toEqual({
      ...{ total: 5, same: 2, diff: 3, score: 2 / 5, tags: ['one', 'two'] },
    });
    expect(trie.similarityScore(['one', 'two', 'three'])).toMatchObject({ total: 6, same: 1 });
    expect(trie.similarityScore(['one', 'nobody'])).toMatchObject({ same: 0, score: 0 });
    expect(trie.similarityScore([])).toMatchObject({ total: 0, score: 0 });
  });

  it('takes a part for the one before it where it is told to count as container-tree does', () => {
    const paths = { one: ['/opt/a/a/b'] };
    const plain = trieOf(paths);
    const collapsed = new FilesystemTrie({ collapseRepeats: true });
    collapsed.insert(entry('/opt/a/a/b'), 'one');
    expect([plain.nodeCount, collapsed.nodeCount]).toEqual([5, 4]);
    expect(collapsed.find('/opt/a/a/b')?.path).toBe('/opt/a/b');
  });

  it('says the same as plain sets of paths, of any trees and after any removals', () => {
    const below = randomNumbers(7);
    const names = ['a', 'b', 'aa', 'a-long-name-of-thirteen', 'A', '\xe9', 'a\n'];
    const path = () => Array.from({ length: 1 + below(4) }, () => `/${names[below(names.length)]}`).join('');
    for (let round = 0; round < 60; round++) {
      const trie = new FilesystemTrie();
      const sets = new Map(['x', 'y', 'z'].map((tag) => [tag, new Set<string>(['/'])]));
      for (const [tag, set] of sets) {
        trie.insert(entry('/'), tag);
        for (let times = below(80); times > 0; times--) {
          const one = path();
          if (below(6) === 0) {
            trie.remove(one, tag);
            for (const each of set) if (`${each}/`.startsWith(`${one}/`)) set.delete(each);
            continue;
          }
          trie.insert(entry(one), tag);
          for (let end = one.length; end > 0; end = one.lastIndexOf('/', end - 1)) set.add(one.slice(0, end));
        }
      }
      const all = new Set([...sets.values()].flatMap((set) => [...set]));
      for (const each of all) {
        const tags = [...sets].filter(([, set]) => set.has(each)).map(([tag]) => tag);
        expect(trie.find(each)?.tags).toEqual(tags);
      }
      const [x, y] = [sets.get('x') ?? new Set(), sets.get('y') ?? new Set()];
      const same = [...x].filter((each) => y.has(each)).length;
      expect(trie.similarityScore(['x', 'y'])).toMatchObject({ same, total: x.size + y.size - same });
    }
  });
});
