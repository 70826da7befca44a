import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { type EntryOptions, isCounted } from '../features.js';

/** How often each environment has a word; words are the parts of paths. */
type WordCounts = Iterable<ReadonlyMap<number, number>>;

/** Cosines of all pairs, and how many words each pair has in common, and each by itself. */
export interface Documents {
  readonly scores: readonly (readonly number[])[];
  readonly words: readonly Float64Array[];
}

/**
 * Documents: each path is one, the parts of it are its words, and an environment is the corpus of its paths. A word
 * counts 1 + ln(how many paths have it), times ln(1 + environments / those that have it); the score is the cosine of
 * the two. It is by all environments that are compared: what is rare is rare among these.
 */
export function documentsOf(trie: FilesystemTrie, options: EntryOptions): Documents {
  const size = trie.tags.length;
  const dots = Array.from({ length: size }, () => new Float64Array(size));
  const words = Array.from({ length: size }, () => new Float64Array(size));
  for (const counts of wordCounts(trie, options)) {
    const rarity = Math.log(1 + size / counts.size);
    const having = [...counts].map(([tag, times]) => ({ tag, weight: (1 + Math.log(times)) * rarity }));
    for (const one of having) {
      const dotsOfOne = dots[one.tag] as Float64Array;
      const wordsOfOne = words[one.tag] as Float64Array;
      for (const other of having) {
        dotsOfOne[other.tag] = (dotsOfOne[other.tag] ?? 0) + one.weight * other.weight;
        wordsOfOne[other.tag] = (wordsOfOne[other.tag] ?? 0) + 1;
      }
    }
  }
  return { scores: dots.map((row, one) => Array.from(row, (dot, other) => cosine(dots, one, other, dot))), words };
}

/** The square root of the product, so that of equals it is just 1. */
function cosine(dots: readonly Float64Array[], one: number, other: number, dot: number): number {
  const length = Math.sqrt((dots[one]?.[one] ?? 0) * (dots[other]?.[other] ?? 0));
  return length === 0 ? 0 : Math.min(1, dot / length);
}

/** In the order of the words, so that sums are the same whatever was read first. */
function wordCounts(trie: FilesystemTrie, { entries, isMine }: EntryOptions): WordCounts {
  const bySet = new Map<string, Map<number, number>>();
  for (let node = trie.root; node < trie.nodeCount; node++) {
    const first = trie.valuesOf(node).next().value;
    if (first === undefined || !isCounted(trie, node, first.row, entries)) continue;
    if (isMine && !isMine(trie.pathOf(node))) continue;
    let set = 0;
    for (const value of trie.valuesOf(node)) set = trie.tagSets.union(set, value.set);
    for (let at = node; at > trie.root; at = trie.parentOf(at)) {
      const word = trie.nameOf(at);
      const counts = bySet.get(word) ?? new Map<number, number>();
      counts.set(set, (counts.get(set) ?? 0) + 1);
      bySet.set(word, counts);
    }
  }
  return [...bySet.keys()].sort().map((word) => byTag(trie, bySet.get(word) ?? new Map()));
}

function byTag({ tagSets }: FilesystemTrie, bySet: ReadonlyMap<number, number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [set, times] of bySet) {
    for (const tag of tagSets.tags(set)) counts.set(tag, (counts.get(tag) ?? 0) + times);
  }
  return counts;
}
