import type { FilePath } from '../../model/file-path.js';
import type { NodeId } from './place-columns.js';
import type { FilesystemTrie } from './trie.js';

const none = -1;

/** A place that two environments do not have alike. */
export interface TrieDifference {
  readonly node: NodeId;
  readonly path: FilePath;
  readonly inOne: boolean;
  readonly inOther: boolean;
  /** What each has there, as a row of the trie's values; absent where it has the place only on the way, or not at all. */
  readonly one?: number;
  readonly other?: number;
}

/**
 * The places where two environments of a trie differ, parents first and siblings in byte order: where only one of them
 * is, or has an entry, or where what is known of the entries is not the same. What is equal down to its last leaf is not
 * looked into.
 */
export function* differences(trie: FilesystemTrie, one: string, other: string): Generator<TrieDifference, void> {
  const tags = [trie.tagNumber(one) ?? none, trie.tagNumber(other) ?? none] as const;
  const marks = markDifferences(trie, tags[0], tags[1]);
  const pending = marks[trie.root] === equal ? [] : [trie.root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (((marks[node] ?? equal) & itself) !== 0) yield differenceAt(trie, node, tags);
    if (((marks[node] ?? equal) & below) === 0) continue;
    const children = trie.sortedChildren(node);
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at] as NodeId;
      if (marks[child] !== equal) pending.push(child);
    }
  }
}

const equal = 0;
const itself = 1;
const below = 2;

/** Of every place whether two environments have it alike, and all below it: one pass from the last place to the root. */
function markDifferences(trie: FilesystemTrie, one: number, other: number): Uint8Array {
  const marks = new Uint8Array(trie.nodeCount);
  if (one === other) return marks;
  const differs = differingSets(trie, one, other);
  for (let node = trie.nodeCount - 1; node >= 0; node--) {
    let mark = marks[node] ?? equal;
    if (differs[trie.setOf(node)] === 1) mark |= itself;
    else {
      for (let row = trie.firstRow(node); row !== none; row = trie.nextRow(row)) {
        if (differs[trie.rowSet(row)] === 1) mark |= itself;
      }
    }
    if (mark === equal) continue;
    marks[node] = mark;
    const parent = trie.parentOf(node);
    // A place comes after its parent.
    if (parent !== none) marks[parent] = (marks[parent] ?? equal) | below;
  }
  return marks;
}

/** By number of a set: whether just one of two tags is in it. */
function differingSets({ tagSets }: FilesystemTrie, one: number, other: number): Uint8Array {
  return Uint8Array.from({ length: tagSets.size }, (_, set) =>
    tagSets.has(set, one) === tagSets.has(set, other) ? 0 : 1,
  );
}

function differenceAt(trie: FilesystemTrie, node: NodeId, [one, other]: readonly [number, number]): TrieDifference {
  const { tagSets } = trie;
  const [rowOne, rowOther] = [trie.rowOf(node, one), trie.rowOf(node, other)];
  return {
    ...{ node, path: trie.pathOf(node) },
    inOne: tagSets.has(trie.setOf(node), one),
    inOther: tagSets.has(trie.setOf(node), other),
    ...(rowOne !== none && { one: rowOne }),
    ...(rowOther !== none && { other: rowOther }),
  };
}
