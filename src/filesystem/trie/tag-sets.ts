import { withRoom } from './columns.js';

/** The number of the set without tags. */
export const noTags = 0;

/**
 * Sets of tags by small numbers, each kept once. Most places of a tree have the tags of the place above them, so a
 * forest of a hundred systems has few thousand sets, and what is asked of pairs of systems is asked of these.
 */
export class TagSets {
  private readonly sets: (readonly number[])[] = [[]];
  private readonly byKey = new Map<string, number>([['', noTags]]);
  /** For the tag that was added last: the set that comes of each, or -1. */
  private latest = -1;
  private next = new Int32Array(64).fill(-1);

  /** Sets whose tags stand one after the other, with where those of each end; the first is the one without tags. */
  static of(ends: Int32Array, tags: Int32Array): TagSets {
    const sets = new TagSets();
    for (let set = 1; set < ends.length; set++) sets.idOf(Array.from(tags.subarray(ends[set - 1], ends[set])));
    return sets;
  }

  get size(): number {
    return this.sets.length;
  }

  /** The tags of a set, ascending. */
  tags(set: number): readonly number[] {
    return this.sets[set] ?? [];
  }

  has(set: number, tag: number): boolean {
    return this.tags(set).includes(tag);
  }

  with(set: number, tag: number): number {
    if (tag !== this.latest) {
      this.latest = tag;
      this.next.fill(-1);
    }
    const known = set < this.next.length ? (this.next[set] ?? -1) : -1;
    if (known !== -1) return known;
    const tags = this.tags(set);
    const result = tags.includes(tag) ? set : this.idOf([...tags, tag].sort((a, b) => a - b));
    if (set >= this.next.length) {
      const length = this.next.length;
      this.next = withRoom(this.next, set + 1);
      this.next.fill(-1, length);
    }
    this.next[set] = result;
    return result;
  }

  without(set: number, tag: number): number {
    const tags = this.tags(set);
    return tags.includes(tag) ? this.idOf(tags.filter((each) => each !== tag)) : set;
  }

  union(one: number, other: number): number {
    if (one === other || other === noTags) return one;
    if (one === noTags) return other;
    return this.idOf([...new Set([...this.tags(one), ...this.tags(other)])].sort((a, b) => a - b));
  }

  /** Of ascending tags. */
  idOf(tags: readonly number[]): number {
    const key = tags.join();
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.sets.length;
    this.sets.push(tags);
    this.byKey.set(key, id);
    return id;
  }
}
