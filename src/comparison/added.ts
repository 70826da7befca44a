import type { FileChange } from '../filesystem/diff/file-comparison.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import { type FilePath, joinPath } from '../model/file-path.js';

/** What the second source has at a path that the first has not so. */
export interface AddedEntry {
  readonly before?: PartialEntry;
  readonly after: PartialEntry;
}

/**
 * Every entry of the second source that a change tells of, with those of directories that were moved or copied as one. A
 * copy is new, whatever it is a copy of; what was moved is as it was.
 */
export function addedEntries(
  trie: FilesystemTrie,
  tags: { readonly one: string; readonly other: string },
  changes: readonly FileChange[],
): AddedEntry[] {
  const found = new Map<FilePath, AddedEntry>();
  for (const { path, before, after, verdicts, whole } of changes) {
    if (!after) continue;
    const isCopy = verdicts.includes('copied');
    found.set(path, isCopy || !before ? { after } : { before, after });
    if (!whole || !isCopy) continue;
    for (const entry of entriesBelow(trie, path, tags.other)) found.set(entry.path, { after: entry });
  }
  return [...found.values()];
}

function* entriesBelow(trie: FilesystemTrie, path: FilePath, tag: string): Generator<PartialEntry, void> {
  const pending = [path];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of trie.children(at)) {
      const below = joinPath(at, name);
      const entry = trie.entry(below, tag);
      if (entry) yield entry;
      pending.push(below);
    }
  }
}
