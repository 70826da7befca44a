import type { TagSets } from './tag-sets.js';

const none = -1;

/** Sets of tags of another trie, as this one has them. What is asked of two sets is asked of the same two very often. */
export class SetTranslation {
  private readonly translated: number[] = [];
  private readonly unions = new Map<number, number>();
  private readonly remainders = new Map<number, number>();

  /** `tags`: the numbers here of the other's tags, -1 of those that are left out. */
  constructor(
    private readonly here: TagSets,
    private readonly there: TagSets,
    private readonly tags: readonly number[],
  ) {}

  union(set: number, other: number): number {
    const key = set * this.there.size + other;
    let result = this.unions.get(key);
    if (result === undefined) {
      result = this.here.union(set, this.translate(other));
      this.unions.set(key, result);
    }
    return result;
  }

  /** The set without what is in the other one. */
  difference(set: number, other: number): number {
    const key = set * this.there.size + other;
    let result = this.remainders.get(key);
    if (result === undefined) {
      const taken = new Set(this.here.tags(this.translate(other)));
      result = this.here.idOf(this.here.tags(set).filter((tag) => !taken.has(tag)));
      this.remainders.set(key, result);
    }
    return result;
  }

  /** A set of the other trie without what is left out. */
  translate(other: number): number {
    this.translated[other] ??= this.here.idOf(
      [...new Set(this.there.tags(other).map((tag) => this.tags[tag] ?? none))]
        .filter((tag) => tag !== none)
        .sort((a, b) => a - b),
    );
    return this.translated[other] ?? other;
  }
}
