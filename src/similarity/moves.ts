import type { NodeId } from '../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { comparePaths, showPath } from '../model/file-path.js';

/**
 * Two environments by the bytes of their files, as 2 x what they have in common by all that they have, three times: what
 * is at the same path whatever it holds (of two files the smaller size), what has the same content wherever it lies, and
 * that again where what lies elsewhere counts the less the further it is: `1 - d / (depthA + depthB)`, where d is the
 * number of steps up and down between the two paths.
 */
export interface MoveScores {
  readonly score_path: number;
  readonly score_content: number;
  readonly score_moved_weighted: number;
  /** Files with the same content at other places, and their bytes; each file is the other half of one at most. */
  readonly moved: { readonly files: number; readonly bytes: number };
  /** The largest of them. */
  readonly largest: readonly {
    readonly from: string;
    readonly to: string;
    readonly size: number;
    readonly distance: number;
  }[];
  /** Files whose content is not known: the same as none, but for their paths. */
  readonly unknown: number;
}

interface Pair {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly size: number;
  readonly distance: number;
}

const mostShown = 10;

/** Of the first two environments of a trie. Contents that many files share are paired from the nearest on. */
export function movesOf(trie: FilesystemTrie, one = 0, other = 1): MoveScores {
  const found = filesOf(trie, one, other);
  const pairs = [...found.byContent.values()].flatMap((files) => pairsOf(trie, files));
  const moved = pairs.filter(({ distance }) => distance > 0);
  const bytes = (some: readonly Pair[]) => some.reduce((sum, { size }) => sum + size, 0);
  const score = (shared: number) => (found.bytes === 0 ? 0 : (2 * shared) / found.bytes);
  return {
    score_path: score(found.atSamePath),
    score_content: score(found.unmoved + bytes(pairs)),
    score_moved_weighted: score(found.unmoved + nearBytes(trie, pairs)),
    moved: { files: moved.length, bytes: bytes(moved) },
    largest: largestOf(trie, moved),
    unknown: found.unknown,
  };
}

interface FileAt {
  readonly node: NodeId;
  readonly depth: number;
  readonly size: number;
  readonly isOne: boolean;
}

function filesOf(trie: FilesystemTrie, one: number, other: number) {
  const { tagSets, values } = trie;
  const byContent = new Map<string, FileAt[]>();
  let [bytes, atSamePath, unmoved, unknown] = [0, 0, 0, 0];
  for (let node = trie.root; node < trie.nodeCount; node++) {
    let [sizeOfOne, sizeOfOther] = [0, 0];
    for (const { row, set } of trie.valuesOf(node)) {
      const type = values.type(row);
      if (type !== undefined && type !== 'file') continue;
      const size = values.size(row) ?? 0;
      const having = [tagSets.has(set, one), tagSets.has(set, other)] as const;
      if (having[0]) sizeOfOne = size;
      if (having[1]) sizeOfOther = size;
      if (!values.hasHash(row)) unknown += Number(having[0]) + Number(having[1]);
      if (!values.hasHash(row) || size === 0) continue;
      if (having[0] && having[1]) {
        unmoved += size;
        continue;
      }
      if (!having[0] && !having[1]) continue;
      const hash = values.hash(row) ?? '';
      const files = byContent.get(hash) ?? [];
      const depth = depthOf(trie, node);
      if (having[0]) files.push({ node, depth, size, isOne: true });
      if (having[1]) files.push({ node, depth, size, isOne: false });
      byContent.set(hash, files);
    }
    bytes += sizeOfOne + sizeOfOther;
    atSamePath += Math.min(sizeOfOne, sizeOfOther);
  }
  return { byContent, bytes, atSamePath, unmoved, unknown };
}

/**
 * Files of one content: all climb towards the root together, the deepest first, and where some of both environments
 * meet they are a pair, those nearest to there first; so none could have had a nearer one that is still alone.
 */
function pairsOf(trie: FilesystemTrie, files: readonly FileAt[]): Pair[] {
  if (files.every(({ isOne }) => isOne === files[0]?.isOne)) return [];
  const pairs: Pair[] = [];
  const deepest = Math.max(...files.map(({ depth }) => depth));
  let climbing = new Map<NodeId, FileAt[]>();
  for (let depth = deepest; depth >= 0; depth--) {
    for (const file of files) if (file.depth === depth) into(climbing, file.node, [file]);
    const above = new Map<NodeId, FileAt[]>();
    for (const [meeting, met] of climbing) {
      const left = pairUp(trie, met, depth, pairs);
      if (left.length > 0) into(above, trie.parentOf(meeting), left);
    }
    climbing = above;
  }
  return pairs;
}

function pairUp(trie: FilesystemTrie, met: readonly FileAt[], meeting: number, pairs: Pair[]): readonly FileAt[] {
  const ones = met.filter(({ isOne }) => isOne);
  const others = met.filter(({ isOne }) => !isOne);
  const both = Math.min(ones.length, others.length);
  if (both === 0) return met;
  for (const files of [ones, others]) files.sort((a, b) => a.depth - b.depth || byPath(trie, a.node, b.node));
  for (let at = 0; at < both; at++) {
    const [one, other] = [ones[at] as FileAt, others[at] as FileAt];
    const distance = one.depth + other.depth - 2 * meeting;
    pairs.push({ from: one.node, to: other.node, size: one.size, distance });
  }
  return [...ones.slice(both), ...others.slice(both)];
}

/** Bytes by `1 - d / (depthA + depthB)`; whole numbers are summed first, so that the order of the pairs does not matter. */
function nearBytes(trie: FilesystemTrie, pairs: readonly Pair[]): number {
  const byWay = new Map<string, { share: number; bytes: number }>();
  for (const { from, to, distance, size } of pairs) {
    const depths = depthOf(trie, from) + depthOf(trie, to);
    const way = byWay.get(`${distance}/${depths}`) ?? { share: depths === 0 ? 1 : 1 - distance / depths, bytes: 0 };
    way.bytes += size;
    byWay.set(`${distance}/${depths}`, way);
  }
  const ordered = [...byWay].sort(([a], [b]) => comparePaths(a, b));
  return ordered.reduce((sum, [, { share, bytes }]) => sum + share * bytes, 0);
}

function largestOf(trie: FilesystemTrie, moved: readonly Pair[]): MoveScores['largest'] {
  const ordered = [...moved].sort((a, b) => b.size - a.size || byPath(trie, a.from, b.from));
  return ordered.slice(0, mostShown).map(({ from, to, size, distance }) => ({
    ...{ from: showPath(trie.pathOf(from)), to: showPath(trie.pathOf(to)) },
    ...{ size, distance },
  }));
}

function byPath(trie: FilesystemTrie, one: NodeId, other: NodeId): number {
  return comparePaths(trie.pathOf(one), trie.pathOf(other));
}

function depthOf(trie: FilesystemTrie, node: NodeId): number {
  let depth = 0;
  for (let at = node; at > trie.root; at = trie.parentOf(at)) depth++;
  return depth;
}

function into(map: Map<NodeId, FileAt[]>, node: NodeId, files: readonly FileAt[]): void {
  const known = map.get(node);
  if (known) known.push(...files);
  else map.set(node, [...files]);
}
