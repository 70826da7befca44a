import type { FilesystemTrie } from '../filesystem/trie/trie.js';

/**
 * How many places each set of environments has together. All counts of one, two or three environments are read off
 * these: there are few sets, and of each environment only its own are looked at.
 */
export class SetWeights {
  private readonly sets: readonly (readonly number[])[];
  private readonly weights: Float64Array;
  /** By environment: which sets have it. */
  private readonly setsOf: readonly (readonly number[])[];
  private readonly rows = new Map<number, Float64Array>();

  constructor({ tagSets, tags }: FilesystemTrie, counts: ReadonlyMap<number, number>) {
    this.sets = [...counts.keys()].map((set) => tagSets.tags(set));
    this.weights = Float64Array.from(counts.values());
    const setsOf: number[][] = tags.map(() => []);
    for (const [at, set] of this.sets.entries()) for (const tag of set) setsOf[tag]?.push(at);
    this.setsOf = setsOf;
  }

  /** What two have together; of one and itself all of it. 0 of one that is not here. */
  both(one: number, other: number): number {
    return this.rowOf(one)[other] ?? 0;
  }

  /** What each environment has of what these two have together. */
  threes(one: number, other: number): Float64Array {
    return this.sum(one, (set) => set.includes(other));
  }

  private rowOf(one: number): Float64Array {
    const known = this.rows.get(one);
    if (known) return known;
    const row = this.sum(one, () => true);
    this.rows.set(one, row);
    return row;
  }

  private sum(one: number, isCounted: (set: readonly number[]) => boolean): Float64Array {
    const row = new Float64Array(this.setsOf.length);
    for (const at of this.setsOf[one] ?? []) {
      const set = this.sets[at] ?? [];
      if (!isCounted(set)) continue;
      const weight = this.weights[at] ?? 0;
      for (const tag of set) row[tag] = (row[tag] ?? 0) + weight;
    }
    return row;
  }
}
