import { noTags } from '../../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { showPath } from '../../model/file-path.js';
import { contentKey, isFolder } from '../sameness.js';

/** Files that became others, and what that is in bytes. */
export interface FileAmount {
  readonly files: number;
  readonly bytes: number;
}

/** What became of the files between two versions. Folders do not count; of a changed file its new size does. */
export interface FileChanges {
  readonly added: FileAmount;
  readonly removed: FileAmount;
  readonly changed: FileAmount;
  /** Of all files together. */
  readonly netBytes: number;
  /** The largest of those that no package has. */
  readonly largest: readonly {
    readonly kind: 'added' | 'removed' | 'changed';
    readonly path: string;
    readonly bytes: number;
  }[];
}

const mostNamed = 10;

export function compareFiles(trie: FilesystemTrie, before: string, after: string): FileChanges {
  const tags = trie.tags;
  const [one, other] = [tags.indexOf(before), tags.indexOf(after)];
  const amounts = { added: [0, 0], removed: [0, 0], changed: [0, 0] } as Record<Kind, [number, number]>;
  const largest: { kind: Kind; path: string; bytes: number }[] = [];
  let netBytes = 0;
  for (let node = trie.root + 1; node < trie.nodeCount; node++) {
    const set = trie.setOf(node);
    if (set === noTags || !(trie.tagSets.has(set, one) || trie.tagSets.has(set, other))) continue;
    const rows = [...trie.valuesOf(node)];
    const rowOf = (number: number) => rows.find((each) => trie.tagSets.has(each.set, number))?.row;
    const [then, now] = [fileRow(trie, rowOf(one)), fileRow(trie, rowOf(other))];
    const kind = kindOf(trie, then, now);
    if (kind === undefined || isFolder(trie, node)) continue;
    const sizeOf = (row: number | undefined) => (row === undefined ? 0 : (trie.values.size(row) ?? 0));
    const bytes = sizeOf(now ?? then);
    amounts[kind][0]++;
    amounts[kind][1] += bytes;
    netBytes += sizeOf(now) - sizeOf(then);
    if (trie.values.package(now ?? then ?? 0) !== undefined) continue;
    largest.push({ kind, path: showPath(trie.pathOf(node)), bytes });
    if (largest.length > mostNamed * 20) keepLargest(largest);
  }
  keepLargest(largest);
  const amount = ([files, bytes]: [number, number]) => ({ files, bytes });
  const { added, removed, changed } = amounts;
  return { added: amount(added), removed: amount(removed), changed: amount(changed), netBytes, largest };
}

type Kind = 'added' | 'removed' | 'changed';

function fileRow({ values }: FilesystemTrie, row: number | undefined): number | undefined {
  return row === undefined || values.type(row) === 'directory' ? undefined : row;
}

function kindOf(trie: FilesystemTrie, then: number | undefined, now: number | undefined): Kind | undefined {
  if (then === undefined) return now === undefined ? undefined : 'added';
  if (now === undefined) return 'removed';
  return then === now || contentKey(trie, then) === contentKey(trie, now) ? undefined : 'changed';
}

function keepLargest(largest: { path: string; bytes: number }[]): void {
  largest.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)).splice(mostNamed);
}
