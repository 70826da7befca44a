import { noTags } from '../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { placeKinds } from './core-paths.js';
import { contentKey, isFolder } from './sameness.js';
import { SetWeights } from './set-weights.js';

/** What environments of a trie have in common, as far as it tells of descent. Numbers are those of the tags. */
export class Overlap {
  private readonly core: SetWeights;
  private readonly local: SetWeights;
  private readonly agreeing: SetWeights;
  private readonly known: SetWeights;
  private readonly numbers: ReadonlyMap<string, number>;

  constructor(trie: FilesystemTrie) {
    this.numbers = new Map(trie.tags.map((tag, number) => [tag, number]));
    const { core, local } = placeKinds(trie);
    const [cores, locals, agreeing, known] = [new Tally(), new Tally(), new Tally(), new Tally()];
    for (let node = trie.root; node < trie.nodeCount; node++) {
      const set = trie.setOf(node);
      if (set === noTags || core[node] === 0) continue;
      cores.add(set);
      if (local[node] === 1) locals.add(set);
      let all = noTags;
      const values = new Map<string, number>();
      const hasEntries = isFolder(trie, node);
      for (const { row, set } of trie.valuesOf(node)) {
        const key = hasEntries ? undefined : contentKey(trie, row);
        if (key === undefined) continue;
        all = trie.tagSets.union(all, set);
        values.set(key, trie.tagSets.union(values.get(key) ?? noTags, set));
      }
      if (all !== noTags) known.add(all);
      for (const value of values.values()) agreeing.add(value);
    }
    [this.core, this.local, this.agreeing, this.known] = [cores, locals, agreeing, known].map((tally) =>
      tally.weights(trie),
    ) as [SetWeights, SetWeights, SetWeights, SetWeights];
  }

  /** Core places that both have; of one environment its own number of them. 0 of one that has no files here. */
  shared(one: string, other = one): number {
    return this.core.both(this.numberOf(other), this.numberOf(one));
  }

  /** How much of one is in the other: `|one ∩ other| / |one|`, directed. */
  containment(one: string, other: string): number {
    const own = this.shared(one);
    return own === 0 ? 0 : this.shared(one, other) / own;
  }

  /**
   * How much of what `one` has beyond a smaller environment is in `other`, for that of `all` where it is the least; 1
   * where there is nothing of the kind.
   */
  additionsKept(one: string, other: string, all: readonly string[]): number {
    const [own, both] = [this.shared(one), this.shared(one, other)];
    const threes = this.core.threes(this.numberOf(one), this.numberOf(other));
    let least = 1;
    for (const below of all) {
      if (below === one || below === other || this.shared(below) >= own) continue;
      const added = own - this.shared(below, one);
      if (added > 0) least = Math.min(least, (both - (threes[this.numberOf(below)] ?? 0)) / added);
    }
    return least;
  }

  /** How much of what people put into `one` themselves is in the other; 1 where there is nothing of the kind. */
  localKept(one: string, other: string): number {
    const own = this.local.both(this.numberOf(one), this.numberOf(one));
    return own === 0 ? 1 : this.local.both(this.numberOf(one), this.numberOf(other)) / own;
  }

  /** Of the files that both have and tell something of: how many are the same by content, else by size. */
  agreement(one: string, other: string): number | undefined {
    const known = this.known.both(this.numberOf(one), this.numberOf(other));
    return known === 0 ? undefined : this.agreeing.both(this.numberOf(one), this.numberOf(other)) / known;
  }

  private numberOf(name: string): number {
    return this.numbers.get(name) ?? -1;
  }
}

class Tally {
  private readonly counts = new Map<number, number>();

  add(set: number): void {
    this.counts.set(set, (this.counts.get(set) ?? 0) + 1);
  }

  weights(trie: FilesystemTrie): SetWeights {
    return new SetWeights(trie, this.counts);
  }
}
