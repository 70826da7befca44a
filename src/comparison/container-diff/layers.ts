import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import type { SourceLayer } from '../../sources/source.js';
import { type FilesDiff, filesDiff, filesList, type SizedEntry, type SizeEntry, wholeSize } from './files.js';

export interface SizeRow {
  readonly Name: string;
  readonly Size1: number;
  readonly Size2: number;
}

/** What container-diff says of the files of layers, by their place. */
export interface LayersDiff {
  readonly DirDiffs: readonly FilesDiff[] | null;
}

export type Layers = readonly SourceLayer[];

const sides = ['one', 'other'] as const;

/** Layers by their place, as container-diff compares them: those that only one image has are left out. */
export function layerFilesDiffs(one: Layers, other: Layers): LayersDiff {
  const diffs = one.slice(0, other.length).map((layer, at) => filesDiff(trieOf(layer, other[at]), ...sides));
  return { DirDiffs: diffs.length > 0 ? diffs : null };
}

/** What each layer has. */
export function layerFiles(layers: Layers): readonly (readonly SizedEntry[] | null)[] | null {
  return layers.length === 0 ? null : layers.map((layer) => filesList(trieOf(layer, undefined), 'one'));
}

/** The size of each layer, with the digest of its archive: as the manifest has it, else when it is not compressed. */
export function layerSizeList(layers: Layers, stored: readonly string[] = []): readonly SizeEntry[] | null {
  if (layers.length === 0) return null;
  return layers.map((layer, at) => {
    const [Size] = wholeSize(trieOf(layer, undefined), ...sides);
    return { Name: String(at), Digest: stored[at] ?? layer.digest, Size };
  });
}

/** How much all files have together, where that is not the same. */
export function wholeSizes(trie: FilesystemTrie, one: string, other: string): SizeRow[] {
  const [Size1, Size2] = wholeSize(trie, one, other);
  return Size1 === Size2 ? [] : [{ Name: '', Size1, Size2 }];
}

/** Layers of another size, by their place; -1 where an image has none there. What is empty is null there. */
export function layerSizes(one: Layers, other: Layers): SizeRow[] | null {
  const rows = Array.from({ length: Math.max(one.length, other.length) }, (_, at) => {
    const [size, otherSize] = wholeSize(trieOf(one[at], other[at]), ...sides);
    return { Name: String(at), Size1: one[at] ? size : -1, Size2: other[at] ? otherSize : -1 };
  });
  const different = rows.filter(({ Size1, Size2 }) => Size1 !== Size2);
  return different.length > 0 ? different : null;
}

function trieOf(...layers: readonly [SourceLayer | undefined, SourceLayer | undefined]): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [at, side] of sides.entries()) {
    trie.addTag(side);
    for (const entry of entriesOf(layers[at])) trie.insert(entry, side);
  }
  return trie;
}

/** A further name of a file of the same layer has what that has. */
function entriesOf(layer: SourceLayer | undefined): PartialEntry[] {
  const { entries = [] } = layer ?? {};
  const files = new Map(entries.filter(({ sameAs }) => sameAs === undefined).map((entry) => [entry.path, entry]));
  return entries.map((entry) => {
    const first = entry.sameAs === undefined ? undefined : files.get(entry.sameAs);
    return first ? { ...first, path: entry.path } : entry;
  });
}
