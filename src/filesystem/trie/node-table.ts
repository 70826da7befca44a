const none = -1;

/** Open addressing: places by what lies above them and their name, which are in columns of the trie. */
export class NodeTable {
  private slots = new Int32Array(256).fill(none);
  /** How many places are in the table. Those that come after them get there when one is looked for. */
  private filled = 1;

  /** The place with a name below another; -1 where there is none among the first `count`. */
  find(parents: Int32Array, names: Int32Array, count: number, parent: number, name: number): number {
    if (this.filled < count) this.fill(parents, names, count);
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = hashOf(parent, name) & mask; ; slot = (slot + 1) & mask) {
      const node = slots[slot] ?? none;
      if (node === none || (parents[node] === parent && names[node] === name)) return node;
    }
  }

  private fill(parents: Int32Array, names: Int32Array, count: number): void {
    if (count * 1.5 > this.slots.length) {
      // As many as there is room for: filling a table anew costs more than an empty one.
      let { length } = this.slots;
      while (Math.max(count, parents.length) * 1.5 > length) length *= 2;
      this.slots = new Int32Array(length).fill(none);
      this.filled = 1;
    }
    const { slots } = this;
    const mask = slots.length - 1;
    for (let node = this.filled; node < count; node++) {
      let slot = hashOf(parents[node] ?? none, names[node] ?? 0) & mask;
      while (slots[slot] !== none) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.filled = count;
  }
}

function hashOf(parent: number, name: number): number {
  const mixed = Math.imul(parent ^ Math.imul(name, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
