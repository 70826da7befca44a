import { compareEntries } from '../../filesystem/diff/entries.js';
import { scan } from '../../filesystem/diff/scan.js';
import { type Side, Sides } from '../../filesystem/diff/sides.js';
import type { NodeId } from '../../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { comparePaths, pathToBytes } from '../../model/file-path.js';

export interface SizedEntry {
  readonly Name: string;
  readonly Size: number;
}

export interface ChangedEntry {
  readonly Name: string;
  readonly Size1: number;
  readonly Size2: number;
}

/** What container-diff says of files; what is empty is null there. */
export interface FilesDiff {
  readonly Adds: readonly SizedEntry[] | null;
  readonly Dels: readonly SizedEntry[] | null;
  readonly Mods: readonly ChangedEntry[] | null;
}

/**
 * Files as container-diff compares them: presence and content, with nothing moved and no mode or owner. What was added
 * or deleted is in the order of names, what was changed the largest first.
 */
export function filesDiff(trie: FilesystemTrie, one: string, other: string): FilesDiff {
  const sides = new Sides(trie, one, other);
  const sizes = { one: sizesOf(sides, 'one'), other: sizesOf(sides, 'other') };
  const { added, removed, different } = scan(sides);
  const sized = (nodes: readonly NodeId[], side: Side) =>
    nodes
      .filter((node) => sides.rowOf(node, side) !== -1)
      .map((node) => ({ node, path: sides.pathOf(node) }))
      .sort((a, b) => comparePaths(a.path, b.path))
      .map(({ node, path }) => ({ Name: nameOf(path), Size: sizes[side][node] ?? -1 }));
  const mods = different
    .filter((node) => isChanged(sides, node))
    .map((node) => ({ node, path: sides.pathOf(node) }))
    .sort((a, b) => comparePaths(a.path, b.path))
    .map(({ node, path }) => ({ Name: nameOf(path), Size1: sizes.one[node] ?? -1, Size2: sizes.other[node] ?? -1 }))
    .sort((a, b) => b.Size1 - a.Size1);
  const orNull = <Item>(list: readonly Item[]) => (list.length === 0 ? null : list);
  return { Adds: orNull(sized(added, 'other')), Dels: orNull(sized(removed, 'one')), Mods: orNull(mods) };
}

/** How much all files have together. */
export function wholeSize(trie: FilesystemTrie, one: string, other: string): readonly [number, number] {
  const sides = new Sides(trie, one, other);
  return [sizesOf(sides, 'one')[trie.root] ?? 0, sizesOf(sides, 'other')[trie.root] ?? 0];
}

function isChanged(sides: Sides, node: NodeId): boolean {
  const [before, after] = [sides.entryOf(node, 'one'), sides.entryOf(node, 'other')];
  if (!before || !after) return false;
  const isDirectory = sides.isDirectory(node, 'one');
  if (isDirectory) return false;
  const { verdicts } = compareEntries(before, after, { times: false, isDirectory });
  return verdicts.some((verdict) => ['content', 'link', 'type'].includes(verdict));
}

/** By place the size of a file, of a directory that of all below; -1 where a list does not know it. */
function sizesOf(sides: Sides, side: Side): Float64Array {
  const { trie } = sides;
  const sizes = new Float64Array(trie.nodeCount);
  // A place has a higher number than the place above it.
  for (let node = trie.nodeCount - 1; node >= trie.root; node--) {
    if (!sides.has(node, side)) continue;
    const isDirectory = sides.isDirectory(node, side);
    const row = sides.rowOf(node, side);
    if (!isDirectory) sizes[node] = (row === -1 ? undefined : trie.values.size(row)) ?? -1;
    const parent = trie.parentOf(node);
    if (parent >= trie.root) sizes[parent] = (sizes[parent] ?? 0) + Math.max(0, sizes[node] ?? 0);
  }
  return sizes;
}

/** Go writes the bytes of a name as they are; JSON has what of them is text. */
function nameOf(path: string): string {
  return pathToBytes(path as never).toString('utf8');
}
