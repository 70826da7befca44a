import { createHash } from 'node:crypto';
import { compareTags, type DiffOptions } from '../../../src/filesystem/diff/compare.js';
import type { FileComparison } from '../../../src/filesystem/diff/file-comparison.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import { type FilePath, pathFromText } from '../../../src/model/file-path.js';

/** What an entry of a file tells; what is `undefined` is not known of it. */
type Told = { readonly [Field in keyof PartialEntry]?: PartialEntry[Field] | undefined };

/** By path: text of a file, `undefined` for a directory, or what an entry tells. */
export type Tree = Readonly<Record<string, string | undefined | Told>>;

export function entriesOf(tree: Tree): PartialEntry[] {
  return Object.entries(tree).map(([name, what]) => {
    const path = pathFromText(name);
    const common = { path, mode: 0o644, uid: 0, gid: 0, mtime: 1000 };
    if (typeof what === 'string') return { ...common, type: 'file', ...contentOf(what) };
    if (what === undefined) return { ...common, type: 'directory', mode: 0o755, size: 0 };
    const told = Object.entries({ ...common, type: 'file', ...contentOf('text'), ...what });
    return Object.fromEntries(told.filter(([, value]) => value !== undefined)) as unknown as PartialEntry;
  });
}

export function contentOf(text: string): { readonly size: number; readonly hash: string } {
  return { size: text.length, hash: createHash('sha256').update(text).digest('hex') };
}

export function trieOf(one: readonly PartialEntry[], other: readonly PartialEntry[]): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [tag, entries] of [
    ['one', one],
    ['other', other],
  ] as const) {
    trie.addTag(tag);
    for (const entry of entries) trie.insert(entry, tag);
  }
  return trie;
}

export function compare(one: Tree, other: Tree, options?: DiffOptions): FileComparison {
  return compareTags(trieOf(entriesOf(one), entriesOf(other)), 'one', 'other', options);
}

/** `verdict+verdict from > path`. */
export function told({ changes }: Pick<FileComparison, 'changes'>): string[] {
  return changes.map(({ path, from, verdicts }) => `${verdicts.join('+')} ${from ? `${from} > ` : ''}${path}`);
}

/** Content that is long enough to tell where it is from. */
export function long(text: string): string {
  return `${text}\n`.repeat(Math.ceil(40 / text.length));
}

export function link(target: string): Partial<PartialEntry> {
  return { type: 'symlink', mode: 0o777, size: 0, target: target as FilePath };
}
