import { withRoom } from './columns.js';

const none = -1;
const batch = 4096;

/**
 * Texts by small numbers, each kept once: parts of paths, targets of links, names of packages. A table of its own, as a
 * part of a text is then found without being cut out of it first.
 */
export class Labels {
  private readonly texts: string[] = [];
  /** How many of the texts keep no other text in memory: V8 keeps the whole for a part of it. */
  private detached = 0;
  private hashes = new Int32Array(64);
  /** Open addressing: numbers by the hash of their texts. */
  private table = new Int32Array(256).fill(none);

  get size(): number {
    return this.texts.length;
  }

  /** The number of a part of a text, which gets one when it is new. */
  add(text: string, from = 0, to = text.length): number {
    const hash = hashOf(text, from, to);
    const slot = this.slotOf(hash, text, from, to);
    const known = this.table[slot] ?? none;
    if (known !== none) return known;
    const id = this.texts.push(text.slice(from, to)) - 1;
    this.hashes = withRoom(this.hashes, id + 1);
    this.hashes[id] = hash;
    this.table[slot] = id;
    if (this.texts.length * 2 > this.table.length) this.rehash();
    if (this.texts.length - this.detached >= batch) this.detach();
    return id;
  }

  find(text: string, from = 0, to = text.length): number | undefined {
    const known = this.table[this.slotOf(hashOf(text, from, to), text, from, to)] ?? none;
    return known === none ? undefined : known;
  }

  text(id: number): string {
    const text = this.texts[id];
    if (text === undefined) throw new RangeError(`no label has the number ${id}`);
    return text;
  }

  private slotOf(hash: number, text: string, from: number, to: number): number {
    const mask = this.table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.table[slot] ?? none;
      if (id === none || (this.hashes[id] === hash && isPart(this.texts[id] ?? '', text, from, to))) return slot;
    }
  }

  /** Makes the latest texts parts of one that is made of nothing else, which is much faster than to copy each. */
  private detach(): void {
    const together = this.texts.slice(this.detached).join('');
    for (let at = 0; this.detached < this.texts.length; this.detached++) {
      const { length } = this.text(this.detached);
      this.texts[this.detached] = together.slice(at, at + length);
      at += length;
    }
  }

  private rehash(): void {
    const mask = this.table.length * 4 - 1;
    this.table = new Int32Array(mask + 1).fill(none);
    for (let id = 0; id < this.texts.length; id++) {
      let slot = (this.hashes[id] ?? 0) & mask;
      while (this.table[slot] !== none) slot = (slot + 1) & mask;
      this.table[slot] = id;
    }
  }
}

function isPart(label: string, text: string, from: number, to: number): boolean {
  if (label.length !== to - from) return false;
  for (let at = 0; at < label.length; at++) if (label.charCodeAt(at) !== text.charCodeAt(from + at)) return false;
  return true;
}

/** FNV-1a over the units of the text, mixed. */
function hashOf(text: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
