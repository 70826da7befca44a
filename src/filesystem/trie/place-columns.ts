import type { Labels } from './labels.js';
import type { TagSets } from './tag-sets.js';

export interface TrieOptions {
  /**
   * Takes a part of a path for the part before it where the two are equal, as container-tree does: `/opt/a/a` is
   * `/opt/a`. Only to compute its numbers.
   */
  readonly collapseRepeats?: boolean;
}

/** One place of a trie: a number that stays the same as long as the trie is there. A place comes after its parent. */
export type NodeId = number;

/** The places of a trie in columns, the root first, parents before what is below them and siblings in byte order. */
export interface PlaceColumns {
  readonly labels: Labels;
  readonly tagSets: TagSets;
  readonly parents: Int32Array;
  readonly names: Int32Array;
  readonly sets: Int32Array;
}
