import { withRoom } from './columns.js';

const none = -1;
/** Numbers of a slot of the table: 1 << 2. */
const slotSize = 4;

/** Labels one after the other, and where each of them ends. */
export interface LabelColumns {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
}

/**
 * Parts of paths by small numbers, each kept once, all as UTF-8 of the text that a path is. A table of its own, as a part
 * is then found, and compared, without being cut out first.
 */
export class Labels {
  private count = 0;
  private bytes = new Uint8Array(1024);
  private ends = new Int32Array(64);
  /**
   * Open addressing, by the hash of a label: four numbers a slot, all that a look needs: the hash, one more than the
   * number of the label (0: none), where it begins and its length.
   */
  private table = new Int32Array(256 * slotSize);
  /** How many labels are in the table: those of a file get there when one is first looked for. */
  private tabled = 0;
  private readonly texts: (string | undefined)[] = [];

  constructor(columns?: LabelColumns) {
    if (!columns) return;
    this.bytes = columns.bytes as Uint8Array<ArrayBuffer>;
    this.ends = columns.ends as Int32Array<ArrayBuffer>;
    this.count = columns.ends.length;
  }

  get size(): number {
    return this.count;
  }

  /** The number of a part of a path, which gets one when it is new. */
  add(path: Uint8Array, from: number, to: number): number {
    if (this.tabled < this.count) this.fillTable();
    const hash = hashOf(path, from, to);
    const slot = this.slotOf(hash, path, from, to);
    const known = (this.table[slot + 1] ?? 0) - 1;
    if (known !== none) return known;
    const id = this.append(path, from, to);
    this.occupy(slot, hash, id);
    this.tabled = this.count;
    if (this.count * 2 * slotSize > this.table.length) this.rehash(this.table.length * 2);
    return id;
  }

  find(path: Uint8Array, from: number, to: number): number | undefined {
    if (this.tabled < this.count) this.fillTable();
    const known = (this.table[this.slotOf(hashOf(path, from, to), path, from, to) + 1] ?? 0) - 1;
    return known === none ? undefined : known;
  }

  text(id: number): string {
    const known = this.texts[id];
    if (known !== undefined) return known;
    if (id < 0 || id >= this.count) throw new RangeError(`no label has the number ${id}`);
    const { buffer, byteOffset } = this.bytes;
    const start = this.start(id);
    const text = Buffer.from(buffer, byteOffset + start, (this.ends[id] ?? 0) - start).toString();
    this.texts[id] = text;
    return text;
  }

  /** Whether a label is a part of a path. */
  isText(id: number, path: Uint8Array, from: number, to: number): boolean {
    const start = this.start(id);
    const length = (this.ends[id] ?? 0) - start;
    if (length !== to - from) return false;
    for (let at = length - 1; at >= 0; at--) if (this.bytes[start + at] !== path[from + at]) return false;
    return true;
  }

  /** Below 0 where a label comes before a part of a path in the order of bytes, above where it comes after it. */
  compareTo(id: number, path: Uint8Array, from: number, to: number): number {
    return compareBytes(this.bytes, this.start(id), this.ends[id] ?? 0, path, from, to);
  }

  /** The same of two labels. */
  compare(one: number, other: number): number {
    const { bytes, ends } = this;
    return compareBytes(bytes, this.start(one), ends[one] ?? 0, bytes, this.start(other), ends[other] ?? 0);
  }

  /** The labels one after the other. */
  view(): LabelColumns {
    return { bytes: this.bytes.subarray(0, this.start(this.count)), ends: this.ends.subarray(0, this.count) };
  }

  private start(id: number): number {
    return id === 0 ? 0 : (this.ends[id - 1] ?? 0);
  }

  private append(path: Uint8Array, from: number, to: number): number {
    const id = this.count++;
    const start = this.start(id);
    this.bytes = withRoom(this.bytes, start + to - from);
    this.ends = withRoom(this.ends, id + 1);
    this.ends[id] = start + to - from;
    for (let at = from; at < to; at++) this.bytes[start + at - from] = path[at] ?? 0;
    return id;
  }

  /** Where a label stands in the table, or would stand. */
  private slotOf(hash: number, path: Uint8Array, from: number, to: number): number {
    const { table, bytes } = this;
    const length = to - from;
    const mask = table.length - 1;
    for (let slot = (hash << 2) & mask; ; slot = (slot + slotSize) & mask) {
      if (table[slot + 1] === 0) return slot;
      if (table[slot] !== hash || table[slot + 3] !== length) continue;
      const start = table[slot + 2] ?? 0;
      let at = 0;
      while (at < length && bytes[start + at] === path[from + at]) at++;
      if (at === length) return slot;
    }
  }

  private occupy(slot: number, hash: number, id: number): void {
    const start = this.start(id);
    this.table[slot] = hash;
    this.table[slot + 1] = id + 1;
    this.table[slot + 2] = start;
    this.table[slot + 3] = (this.ends[id] ?? 0) - start;
  }

  private fillTable(): void {
    let { length } = this.table;
    while (this.count * 2 * slotSize > length) length *= 2;
    if (length > this.table.length) this.rehash(length);
    for (let id = this.tabled; id < this.count; id++) {
      const hash = hashOf(this.bytes, this.start(id), this.ends[id] ?? 0);
      this.occupy(freeSlot(this.table, hash), hash, id);
    }
    this.tabled = this.count;
  }

  private rehash(length: number): void {
    const old = this.table;
    this.table = new Int32Array(length);
    for (let slot = 0; slot < old.length; slot += slotSize) {
      if (old[slot + 1] !== 0)
        this.table.set(old.subarray(slot, slot + slotSize), freeSlot(this.table, old[slot] ?? 0));
    }
  }
}

function freeSlot(table: Int32Array, hash: number): number {
  const mask = table.length - 1;
  let slot = (hash << 2) & mask;
  while (table[slot + 1] !== 0) slot = (slot + slotSize) & mask;
  return slot;
}

/** FNV-1a, mixed. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

function compareBytes(a: Uint8Array, fromA: number, toA: number, b: Uint8Array, fromB: number, toB: number): number {
  const shorter = Math.min(toA - fromA, toB - fromB);
  for (let at = 0; at < shorter; at++) {
    const order = (a[fromA + at] ?? 0) - (b[fromB + at] ?? 0);
    if (order !== 0) return order;
  }
  return toA - fromA - (toB - fromB);
}
