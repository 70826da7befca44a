import { showPath } from '../../model/file-path.js';
import type { NodeId } from './place-columns.js';
import { noTags } from './tag-sets.js';
import type { FilesystemTrie } from './trie.js';
import type { PartialEntry } from './values.js';

const none = -1;

/** One place as the first of these tools wrote it for its views, with all that is below. */
export interface ExportedPlace extends ExportedFacts {
  readonly children: ExportedPlace[];
}

interface ExportedFacts {
  /** The last part of the path, and the whole of it, as `showPath` shows them. */
  readonly name: string;
  readonly key: string;
  readonly tags: readonly string[];
  /**
   * What is known of it and the same in all environments that have an entry here; `count`: how many entries were put
   * here, `versions`: how many different ones there are, where there are several.
   */
  readonly attrs: Readonly<Record<string, string | number>>;
  /** Bytes: of several versions the largest, of what has something below it the sum of that. */
  readonly size: number;
}

/** All places of a trie below one another, siblings in the order of their bytes. */
export function exportPlaces(trie: FilesystemTrie): ExportedPlace {
  const sizes = sizesOf(trie);
  const places = new Map<NodeId, ExportedPlace>();
  for (const node of trie.inPathOrder()) {
    const place = { ...factsOf(trie, node, sizes), children: [] };
    places.set(node, place);
    places.get(trie.parentOf(node))?.children.push(place);
  }
  return places.get(trie.root) as ExportedPlace;
}

/** The same as JSON, piece by piece, so that a trie of any size can be written. */
export function* exportedJson(trie: FilesystemTrie): Generator<string, void> {
  const sizes = sizesOf(trie);
  const open: NodeId[] = [];
  let text = '';
  for (const node of trie.inPathOrder()) {
    const parent = trie.parentOf(node);
    const isFirst = open.at(-1) === parent;
    while (open.length > 0 && open.at(-1) !== parent) {
      text += ']}';
      open.pop();
    }
    if (!isFirst && node !== trie.root) text += ',';
    text += `${JSON.stringify(factsOf(trie, node, sizes)).slice(0, -1)},"children":[`;
    open.push(node);
    if (text.length < 1 << 16) continue;
    yield text;
    text = '';
  }
  yield `${text}${']}'.repeat(open.length)}\n`;
}

function factsOf(trie: FilesystemTrie, node: NodeId, sizes: Float64Array): ExportedFacts {
  const path = trie.pathOf(node);
  return {
    name: showPath(trie.nameOf(node) as typeof path),
    key: showPath(path),
    tags: trie.tagsAt(node),
    attrs: attributesOf(trie, node),
    size: sizes[node] ?? 0,
  };
}

/** In the order of the fields of an entry, without its path and size. */
function attributesOf(trie: FilesystemTrie, node: NodeId): ExportedFacts['attrs'] {
  const path = trie.pathOf(node);
  const entries = Array.from(trie.valuesOf(node), ({ row }) => trie.values.entry(row, path));
  const [first, ...others] = entries;
  if (!first) return {};
  const known = Object.entries(first).filter(([field, value]) => {
    if (field === 'path' || field === 'size') return false;
    return others.every((other) => other[field as keyof PartialEntry] === value);
  });
  return {
    count: trie.countOf(node),
    ...(others.length > 0 && { versions: entries.length }),
    ...Object.fromEntries(known.map(([field, value]) => [field, isPath(field) ? showPath(value as never) : value])),
  };
}

function isPath(field: string): boolean {
  return field === 'target' || field === 'sameAs';
}

function sizesOf(trie: FilesystemTrie): Float64Array {
  const sizes = new Float64Array(trie.nodeCount);
  // A place comes after its parent, so all that is below it was summed before.
  for (let node = trie.nodeCount - 1; node > trie.root; node--) {
    if (trie.setOf(node) === noTags) continue;
    if (!trie.hasChildren(node)) sizes[node] = largest(trie, node);
    const parent = trie.parentOf(node);
    sizes[parent] = (sizes[parent] ?? 0) + (sizes[node] ?? 0);
  }
  return sizes;
}

function largest(trie: FilesystemTrie, node: NodeId): number {
  let size = 0;
  for (let row = trie.firstRow(node); row !== none; row = trie.nextRow(row)) {
    if (trie.rowSet(row) !== noTags) size = Math.max(size, trie.values.size(row) ?? 0);
  }
  return size;
}
