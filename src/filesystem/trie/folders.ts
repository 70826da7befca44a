import { withRoom } from './columns.js';

const none = -1;
/** Numbers of a slot of the table: 1 << 2. */
const slotSize = 4;

/**
 * Where the folders of the entries are that were placed, by the bytes of their paths as they were written: of most
 * entries others are in the same folder, and then nothing of its path is looked at part by part.
 */
export class Folders {
  private count = 0;
  private length = 0;
  private bytes = new Uint8Array(1 << 12);
  /** Open addressing: the hash of a path, one more than its place (0: none), where it begins and its length. */
  private table = new Int32Array(256 * slotSize);
  /** Where the search that found nothing ended, and what it was for. */
  private slot = 0;
  private hash = 0;

  /** The place of a path; -1 where it has none. */
  find(path: Uint8Array, from: number, to: number): number {
    const { table, bytes } = this;
    const mask = table.length - 1;
    const length = to - from;
    const hash = hashOf(path, from, to);
    let slot = (hash << 2) & mask;
    for (; table[slot + 1] !== 0; slot = (slot + slotSize) & mask) {
      if (table[slot] !== hash || table[slot + 3] !== length) continue;
      const start = table[slot + 2] ?? 0;
      let at = 0;
      while (at < length && bytes[start + at] === path[from + at]) at++;
      if (at === length) return (table[slot + 1] ?? 0) - 1;
    }
    this.slot = slot;
    this.hash = hash;
    return none;
  }

  /** Keeps the place of a path that was looked for last, and not found. */
  add(path: Uint8Array, from: number, to: number, place: number): void {
    const { table, slot, length } = this;
    this.bytes = withRoom(this.bytes, length + to - from);
    for (let at = from; at < to; at++) this.bytes[length + at - from] = path[at] ?? 0;
    this.length += to - from;
    table[slot] = this.hash;
    table[slot + 1] = place + 1;
    table[slot + 2] = length;
    table[slot + 3] = to - from;
    if (++this.count * 2 * slotSize > table.length) this.grow();
  }

  private grow(): void {
    const table = new Int32Array(this.table.length * 4);
    const mask = table.length - 1;
    for (let from = 0; from < this.table.length; from += slotSize) {
      if (this.table[from + 1] === 0) continue;
      let slot = ((this.table[from] ?? 0) << 2) & mask;
      while (table[slot + 1] !== 0) slot = (slot + slotSize) & mask;
      for (let at = 0; at < slotSize; at++) table[slot + at] = this.table[from + at] ?? 0;
    }
    this.table = table;
  }
}

/** FNV-1a, mixed. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
