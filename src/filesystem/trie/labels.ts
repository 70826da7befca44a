import { withRoom } from './columns.js';

const none = -1;

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
  private hashes = new Int32Array(64);
  /** By label one more than the one that was met after it: folders of one kind have the same names in the same order. */
  private followers = new Int32Array(64);
  private latest = 0;
  /** Open addressing, by the hash of a label: one more than its number, or 0. */
  private table = new Int32Array(256);
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
    const { latest } = this;
    const likely = (this.followers[latest] ?? 0) - 1;
    if (likely !== none && this.isText(likely, path, from, to)) {
      this.latest = likely;
      return likely;
    }
    const label = this.interned(path, from, to);
    this.followers[latest] = label + 1;
    this.latest = label;
    return label;
  }

  find(path: Uint8Array, from: number, to: number): number | undefined {
    if (this.tabled < this.count) this.fillTable();
    const known = (this.table[this.slotOf(hashOf(path, from, to), path, from, to)] ?? 0) - 1;
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

  private interned(path: Uint8Array, from: number, to: number): number {
    if (this.tabled < this.count) this.fillTable();
    const hash = hashOf(path, from, to);
    const slot = this.slotOf(hash, path, from, to);
    const known = (this.table[slot] ?? 0) - 1;
    if (known !== none) return known;
    const id = this.append(path, from, to);
    this.hashes[id] = hash;
    this.table[slot] = id + 1;
    this.tabled = this.count;
    if (this.count * 2 > this.table.length) this.rehash(this.table.length * 4);
    return id;
  }

  private start(id: number): number {
    return id === 0 ? 0 : (this.ends[id - 1] ?? 0);
  }

  private append(path: Uint8Array, from: number, to: number): number {
    const id = this.count++;
    const start = this.start(id);
    this.bytes = withRoom(this.bytes, start + to - from);
    this.reserve(id + 1);
    this.ends[id] = start + to - from;
    const { bytes } = this;
    for (let at = from; at < to; at++) bytes[start + at - from] = path[at] ?? 0;
    return id;
  }

  /** Where a label stands in the table, or would stand. */
  private slotOf(hash: number, path: Uint8Array, from: number, to: number): number {
    const { table, hashes } = this;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (table[slot] ?? 0) - 1;
      if (id === none || (hashes[id] === hash && this.isText(id, path, from, to))) return slot;
    }
  }

  private reserve(labels: number): void {
    if (this.ends.length >= labels && this.hashes.length >= labels) return;
    this.ends = withRoom(this.ends, labels);
    this.hashes = withRoom(this.hashes, this.ends.length);
    this.followers = withRoom(this.followers, this.ends.length);
  }

  private fillTable(): void {
    this.reserve(this.count);
    for (let id = this.tabled; id < this.count; id++) {
      this.hashes[id] = hashOf(this.bytes, this.start(id), this.ends[id] ?? 0);
    }
    let { length } = this.table;
    while (this.count * 2 > length) length *= 2;
    this.rehash(length);
    this.tabled = this.count;
  }

  private rehash(length: number): void {
    this.table = new Int32Array(length);
    for (let id = 0; id < this.count; id++) this.table[freeSlot(this.table, this.hashes[id] ?? 0)] = id + 1;
  }
}

function freeSlot(table: Int32Array, hash: number): number {
  const mask = table.length - 1;
  let slot = hash & mask;
  while (table[slot] !== 0) slot = (slot + 1) & mask;
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
