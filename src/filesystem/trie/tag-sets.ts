import { withRoom } from './columns.js';
import { TagChains } from './tag-chains.js';

/** The number of the set without tags. */
export const noTags = 0;

const none = -1;

/**
 * Sets of tags by small numbers, each kept once. Most places of a tree have the tags of the place above them, so a
 * forest of a hundred systems has few thousand sets, and what is asked of pairs of systems is asked of these. Where
 * systems have little in common there are as many sets as places: nothing is kept of one but the chain of its tags.
 */
export class TagSets {
  private count = 0;
  private readonly chains = new TagChains();
  /** By set its chain, and by chain the set, or -1: it may only be the beginning of others. */
  private chainOf = new Int32Array(64);
  private setOf = new Int32Array(64).fill(none);
  /** The tags of the sets that were asked for. */
  private readonly asked: (readonly number[])[] = [];
  /** For the tag that was added last: one more than the set that comes of each, 0 where nobody asked. */
  private latest = none;
  private next = new Int32Array(64);

  constructor() {
    this.setOfChain(this.chains.empty);
  }

  /** Sets whose tags stand one after the other, with where those of each end; the first is the one without tags. */
  static of(ends: Int32Array, tags: Int32Array): TagSets {
    const sets = new TagSets();
    for (let set = 1; set < ends.length; set++) sets.idOf(Array.from(tags.subarray(ends[set - 1], ends[set])));
    return sets;
  }

  get size(): number {
    return this.count;
  }

  /** The tags of a set, ascending. */
  tags(set: number): readonly number[] {
    if (set >= this.count) return [];
    const tags = this.asked[set] ?? this.chains.tags(this.chainOf[set] ?? 0);
    this.asked[set] = tags;
    return tags;
  }

  has(set: number, tag: number): boolean {
    return set < this.count && this.chains.has(this.chainOf[set] ?? 0, tag);
  }

  with(set: number, tag: number): number {
    if (tag !== this.latest) {
      this.latest = tag;
      this.next.fill(0);
    }
    if (set >= this.next.length) this.next = withRoom(this.next, set + 1);
    const known = this.next[set] ?? 0;
    if (known !== 0) return known - 1;
    const result = this.withTag(set, tag);
    this.next[set] = result + 1;
    return result;
  }

  without(set: number, tag: number): number {
    return this.has(set, tag) ? this.idOf(this.tags(set).filter((each) => each !== tag)) : set;
  }

  union(one: number, other: number): number {
    if (one === other || other === noTags) return one;
    if (one === noTags) return other;
    return this.idOf([...new Set([...this.tags(one), ...this.tags(other)])].sort((a, b) => a - b));
  }

  /** Of ascending tags. */
  idOf(tags: readonly number[]): number {
    let chain = this.chains.empty;
    for (const tag of tags) chain = this.chains.longer(chain, tag);
    return this.setOfChain(chain);
  }

  private withTag(set: number, tag: number): number {
    const chain = this.chainOf[set] ?? 0;
    if (this.chains.last(chain) < tag) return this.setOfChain(this.chains.longer(chain, tag));
    return this.has(set, tag) ? set : this.idOf([...this.tags(set), tag].sort((a, b) => a - b));
  }

  private setOfChain(chain: number): number {
    if (chain >= this.setOf.length) {
      const { length } = this.setOf;
      this.setOf = withRoom(this.setOf, chain + 1).fill(none, length);
    }
    const known = this.setOf[chain] ?? none;
    if (known !== none) return known;
    const set = this.count++;
    if (set >= this.chainOf.length) this.chainOf = withRoom(this.chainOf, set + 1);
    this.chainOf[set] = chain;
    this.setOf[chain] = set;
    return set;
  }
}
