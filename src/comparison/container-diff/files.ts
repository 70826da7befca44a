import { compareEntries } from '../../filesystem/diff/entries.js';
import { scan } from '../../filesystem/diff/scan.js';
import { type Side, Sides } from '../../filesystem/diff/sides.js';
import type { NodeId } from '../../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { comparePaths, type FilePath, pathToBytes } from '../../model/file-path.js';
import { Sizes } from './sizes.js';

export interface SizedEntry {
  readonly Name: string;
  readonly Size: number;
}

export interface ChangedEntry {
  readonly Name: string;
  readonly Size1: number;
  readonly Size2: number;
}

export interface SizeEntry extends SizedEntry {
  readonly Digest: string;
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
  const sizes = { one: new Sizes(sides, 'one'), other: new Sizes(sides, 'other') };
  const { added, removed, different } = scan(sides);
  const sized = (nodes: readonly NodeId[], side: Side) =>
    sizedEntries(
      sides,
      sizes[side],
      nodes.filter((node) => sides.rowOf(node, side) !== -1),
    );
  const mods = different
    .filter((node) => isChanged(sides, node))
    .map((node) => ({ node, path: sides.pathOf(node) }))
    .sort((a, b) => comparePaths(a.path, b.path))
    .map(({ node, path }) => ({ Name: nameOf(path), Size1: sizes.one.of(node), Size2: sizes.other.of(node) }))
    .sort((a, b) => b.Size1 - a.Size1);
  return { Adds: sized(added, 'other'), Dels: sized(removed, 'one'), Mods: mods.length === 0 ? null : mods };
}

function sizedEntries(sides: Sides, sizes: Sizes, nodes: readonly NodeId[]): readonly SizedEntry[] | null {
  if (nodes.length === 0) return null;
  return nodes
    .map((node) => ({ node, path: sides.pathOf(node) }))
    .sort((a, b) => comparePaths(a.path, b.path))
    .map(({ node, path }) => ({ Name: nameOf(path), Size: sizes.of(node) }));
}

/** All that a source has, in the order of names. */
export function filesList(trie: FilesystemTrie, name: string): readonly SizedEntry[] | null {
  const sides = new Sides(trie, name, name);
  const sizes = new Sizes(sides, 'one');
  const nodes = [...trie.walk()].filter((node) => node !== trie.root && sides.rowOf(node, 'one') !== -1);
  return sizedEntries(sides, sizes, nodes);
}

/** How much all of a source has, in its form, with the digest of its manifest, if one is known. */
export function wholeSizeList(trie: FilesystemTrie, name: string, Digest = ''): readonly SizeEntry[] {
  const [Size] = wholeSize(trie, name, name);
  return [{ Name: name, Digest, Size }];
}

/** How much all files have together. */
export function wholeSize(trie: FilesystemTrie, one: string, other: string): readonly [number, number] {
  const sides = new Sides(trie, one, other);
  return [new Sizes(sides, 'one').of(trie.root), new Sizes(sides, 'other').of(trie.root)];
}

function isChanged(sides: Sides, node: NodeId): boolean {
  const [before, after] = [sides.entryOf(node, 'one'), sides.entryOf(node, 'other')];
  if (!before || !after) return false;
  const isDirectory = sides.isDirectory(node, 'one');
  if (isDirectory) return false;
  const { verdicts } = compareEntries(before, after, { times: false, isDirectory });
  return verdicts.some((verdict) => ['content', 'link', 'type'].includes(verdict));
}

/** Go writes the bytes of a name as they are; JSON has what of them is text. */
function nameOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}
