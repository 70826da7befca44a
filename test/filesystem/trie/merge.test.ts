import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/filesystem/trie/differences.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { randomNumbers } from '../../support/random.js';

const hash = (digit: string) => digit.repeat(64);
const names = ['a', 'b', 'c-d', 'c', '\xe9'];
const kinds: readonly Partial<PartialEntry>[] = [
  {},
  { type: 'file', size: 1 },
  { type: 'file', size: 1, hash: hash('a') },
  { type: 'file', size: 1, hash: hash('b'), mode: 0o644, uid: 1, gid: 2, mtime: 3 },
  { type: 'symlink', target: 'x' as FilePath },
  { type: 'symlink', target: 'y' as FilePath, package: 'p', attributes: '', sameAs: '/q' as FilePath },
];

/** Environments with entries that a fixed sequence of numbers chooses. */
function environments(seed: number, tags: readonly string[]): Map<string, Map<string, PartialEntry>> {
  const below = randomNumbers(seed);
  const path = () => Array.from({ length: 1 + below(3) }, () => `/${names[below(names.length)]}`).join('') as FilePath;
  return new Map(
    tags.map((tag) => {
      const entries = Array.from({ length: below(30) }, () => ({ path: path(), ...kinds[below(kinds.length)] }));
      return [tag, new Map(entries.map((entry) => [entry.path, entry]))];
    }),
  );
}

function trieOf(all: ReadonlyMap<string, ReadonlyMap<string, PartialEntry>>): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [tag, entries] of all) {
    trie.addTag(tag);
    trie.insertAll([...entries.values()], tag);
  }
  return trie;
}

const shown = (trie: FilesystemTrie) =>
  Array.from(trie.walk(), (node) => [
    trie.find(trie.pathOf(node)),
    trie.tags.map((tag) => trie.entry(trie.pathOf(node), tag)),
  ]);

describe('merging tries', () => {
  it('gives what putting all entries into one gives', () => {
    for (let seed = 1; seed < 60; seed++) {
      const [first, second] = [environments(seed, ['x', 'y']), environments(seed * 7919, ['z', 'w'])];
      const merged = trieOf(first);
      merged.merge(trieOf(second));
      const together = trieOf(new Map([...first, ...second]));
      expect(shown(merged)).toEqual(shown(together));
      expect([merged.tags, merged.size]).toEqual([together.tags, together.size]);
      expect(merged.similarityScore(['x', 'z'])).toEqual(together.similarityScore(['x', 'z']));
    }
  });

  it('names environments as it is told to, and replaces what one of that name had', () => {
    const one = new FilesystemTrie();
    one.insert({ path: '/f' as FilePath, size: 1 }, 'new');
    one.insert({ path: '/g' as FilePath, size: 1 }, 'new');
    const other = new FilesystemTrie();
    other.insert({ path: '/f' as FilePath, size: 2 }, 'old');
    one.merge(other, () => 'new');
    expect([one.tags, one.entry('/f', 'new')?.size, one.entry('/g', 'new')?.size]).toEqual([['new'], 2, 1]);
    expect([...one].length).toBe(2);
  });

  it('leaves out what was removed', () => {
    const other = trieOf(new Map([['a', new Map([['/x/y', { path: '/x/y' as FilePath }]])]]));
    other.remove('/x');
    const trie = new FilesystemTrie();
    trie.merge(other);
    expect([trie.size, trie.find('/x'), trie.nodeCount]).toEqual([0, undefined, 1]);
  });
});

describe('differences of two environments', () => {
  it('are the places that they have not alike, in the order of paths', () => {
    for (let seed = 1; seed < 60; seed++) {
      const all = environments(seed, ['x', 'y', 'z']);
      const trie = trieOf(all);
      const expected = Array.from(trie.walk(), (node) => trie.pathOf(node)).flatMap((path) => {
        const tags = trie.find(path)?.tags ?? [];
        const [x, y] = [trie.entry(path, 'x'), trie.entry(path, 'y')];
        const isSame = tags.includes('x') === tags.includes('y') && JSON.stringify(x) === JSON.stringify(y);
        return isSame ? [] : [{ path, x, y, inX: tags.includes('x'), inY: tags.includes('y') }];
      });
      const entry = (row: number | undefined, path: FilePath) =>
        row === undefined ? undefined : trie.values.entry(row, path);
      const found = Array.from(differences(trie, 'x', 'y'), ({ path, one, other, inOne, inOther }) => ({
        ...{ path, x: entry(one, path), y: entry(other, path), inX: inOne, inY: inOther },
      }));
      expect(found).toEqual(expected);
    }
  });

  it('are none of an environment and itself', () => {
    const trie = trieOf(environments(3, ['x', 'y']));
    expect([...differences(trie, 'x', 'x')]).toEqual([]);
  });
});
