import { withRoom } from './columns.js';

const none = -1;

/**
 * Ascending tags as chains: all but the last of them, which is a chain itself, and the last. To make one longer by the
 * tag of the next system costs the same however long it is.
 */
export class TagChains {
  /** The chain without tags. */
  readonly empty = 0;
  private count = 1;
  private befores = new Int32Array(64);
  private lasts = new Int32Array(64).fill(none);
  /** Open addressing: chains by what they consist of; 0: none. */
  private table = new Int32Array(256);

  /** The last tag of a chain, which is its greatest; -1 of the empty one. */
  last(chain: number): number {
    return this.lasts[chain] ?? none;
  }

  /** The chain that comes of one and a greater tag. */
  longer(chain: number, tag: number): number {
    const mask = this.table.length - 1;
    let slot = hashOf(chain, tag) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const known = this.table[slot] ?? 0;
      if (known === 0) break;
      if (this.befores[known] === chain && this.lasts[known] === tag) return known;
    }
    const made = this.count++;
    if (made >= this.lasts.length) {
      this.befores = withRoom(this.befores, made + 1);
      this.lasts = withRoom(this.lasts, made + 1);
    }
    this.befores[made] = chain;
    this.lasts[made] = tag;
    this.table[slot] = made;
    if (this.count * 2 > this.table.length) this.rehash();
    return made;
  }

  has(chain: number, tag: number): boolean {
    let at = chain;
    while ((this.lasts[at] ?? none) > tag) at = this.befores[at] ?? this.empty;
    return at !== this.empty && this.lasts[at] === tag;
  }

  /** Ascending. */
  tags(chain: number): number[] {
    const tags: number[] = [];
    for (let at = chain; at !== this.empty; at = this.befores[at] ?? this.empty) tags.push(this.lasts[at] ?? none);
    return tags.reverse();
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 4);
    const mask = table.length - 1;
    for (let chain = 1; chain < this.count; chain++) {
      let slot = hashOf(this.befores[chain] ?? 0, this.lasts[chain] ?? none) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = chain;
    }
    this.table = table;
  }
}

function hashOf(chain: number, tag: number): number {
  const mixed = Math.imul(chain ^ Math.imul(tag, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
