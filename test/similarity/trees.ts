import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { sha256 } from '../../src/hash.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { PackageFact, SourceFacts } from '../../src/sources/facts.js';
import { randomNumbers } from '../support/random.js';

export const entry = (path: string, more: Partial<PartialEntry> = {}): PartialEntry => ({
  path: pathFromText(path),
  ...more,
});

export const file = (path: string, content: string, more: Partial<PartialEntry> = {}) =>
  entry(path, {
    type: 'file',
    size: content.length,
    hash: sha256(content),
    ...more,
  });

export const link = (path: string, target: string) => entry(path, { type: 'symlink', target: target as FilePath });
export const folder = (path: string) => entry(path, { type: 'directory', size: 4096 });

export function trieOf(trees: Readonly<Record<string, readonly PartialEntry[]>>): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [tag, entries] of Object.entries(trees)) {
    trie.addTag(tag);
    for (const each of entries) trie.insert(each, tag);
  }
  return trie;
}

/** `debian libc6 2.36` or with a size `debian libc6 2.36 1000`. */
export function packages(...texts: readonly string[]): PackageFact[] {
  return texts.map((text) => {
    const [distribution = '', name = '', version = '', size] = text.split(' ');
    return { distribution, name, version, ...(size !== undefined && { size: Number(size) }) };
  });
}

export function factsOf(facts: Readonly<Record<string, SourceFacts>>): ReadonlyMap<string, SourceFacts> {
  return new Map(Object.entries(facts));
}

/** A tree of random files, the folders above them included; the same for the same seed. */
export function randomTree(seed: number, files = 40): PartialEntry[] {
  const below = randomNumbers(seed);
  const made = new Map<string, PartialEntry>();
  for (let at = 0; at < files; at++) {
    const parts = Array.from({ length: 1 + below(4) }, () => 'abcdef'[below(6)] ?? '');
    for (let depth = 1; depth < parts.length; depth++) {
      const path = `/${parts
        .slice(0, depth)
        .map((part) => `${part}-`)
        .join('/')}`;
      made.set(path, folder(path));
    }
    const name = parts.at(-1) ?? '';
    const path = `/${[...parts.slice(0, -1).map((part) => `${part}-`), name].join('/')}`;
    made.set(path, file(path, 'xyz'[below(3)]?.repeat(1 + below(3)) ?? ''));
  }
  return [...made.values()];
}
