import { hashOf, type Lines, viewOf } from './line-index.js';

/** A path takes about so many bytes. */
const usualBytes = 64;

/**
 * A set of wanted paths that finds its members in dpkg's file lists without making a string of any line: a line
 * is hashed, and only a line whose hash is wanted is compared. Making strings of all lines of a large system
 * costs several times more than reading the files.
 */
export class PathTable {
  readonly #paths: string[] = [];
  /** The bytes of all paths, one after the other, and where each begins; the last number is where the next will. */
  #bytes: Buffer;
  #view: DataView;
  readonly #starts: number[] = [0];
  #hashes: Int32Array<ArrayBuffer>;
  /** Open addressing: an index into `#paths`, or -1. Most are empty, so that few lines that are not wanted meet one. */
  #slots: Int32Array<ArrayBuffer>;

  /** `expected`: about how many paths there will be, so that nothing has to grow. */
  constructor(expected = 0) {
    const room = 2 ** Math.ceil(Math.log2(Math.max(expected, 16)));
    this.#bytes = Buffer.allocUnsafe(room * usualBytes);
    this.#view = viewOf(this.#bytes);
    this.#hashes = new Int32Array(room);
    this.#slots = emptySlots(room);
  }

  get size(): number {
    return this.#paths.length;
  }

  /** The number of a path; -1 where it was not added. */
  find(path: string): number {
    const start = this.#starts[this.#paths.length] as number;
    const end = start + path.length;
    // Behind those of the others, where they stay until the next is added.
    this.#write(path, start, end);
    return this.#match(this.#view, start, end, hashOf(this.#view, start, end));
  }

  /** Adds a path (latin1 view) and gives its number; the same path has the same number. */
  add(path: string): number {
    const start = this.#starts[this.#paths.length] as number;
    const end = start + path.length;
    this.#write(path, start, end);
    const hash = hashOf(this.#view, start, end);
    const known = this.#match(this.#view, start, end, hash);
    if (known >= 0) return known;
    const index = this.#paths.push(path) - 1;
    this.#starts.push(end);
    if (index >= this.#hashes.length) this.#grow();
    this.#hashes[index] = hash;
    this.#insert(index, hash);
    return index;
  }

  path(index: number): string {
    return this.#paths[index] ?? '';
  }

  /** Calls back with the number of every line that is in the table, and where the line starts and ends. */
  scan(
    { list, skip, hashes, starts, from, to }: Lines,
    found: (index: number, start: number, end: number) => void,
  ): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let view: DataView | undefined;
    for (let line = from; line < to; line++) {
      const hash = hashes[line] as number;
      if ((slots[hash & mask] as number) < 0) continue;
      const start = starts[line] as number;
      const end = (starts[line + 1] as number) - 1;
      view ??= viewOf(list);
      const index = this.#match(view, start + skip, end, hash);
      if (index >= 0) found(index, start, end);
    }
  }

  #match(list: DataView, first: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] as number;
      if (index < 0) return -1;
      if (this.#hashes[index] === hash && this.#isAt(index, list, first, end)) return index;
    }
  }

  /** Whether a path but for its leading slash is what stands there. */
  #isAt(index: number, list: DataView, first: number, end: number): boolean {
    const start = this.#starts[index] as number;
    if ((this.#starts[index + 1] as number) - start !== end - first) return false;
    const view = this.#view;
    let at = end - 4;
    for (const shift = start - first; at > first; at -= 4) {
      if (view.getInt32(at + shift) !== list.getInt32(at)) return false;
    }
    for (at += 3; at > first; at--) if (view.getUint8(at + start - first) !== list.getUint8(at)) return false;
    return true;
  }

  /** Puts a path's bytes behind those of the others. */
  #write(path: string, start: number, end: number): void {
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(end * 2);
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
      this.#view = viewOf(larger);
    }
    this.#bytes.write(path, start, 'latin1');
  }

  #insert(index: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index;
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#slots = emptySlots(hashes.length);
    for (let index = 0; index < this.#paths.length - 1; index++) this.#insert(index, hashes[index] as number);
  }
}

function emptySlots(paths: number): Int32Array<ArrayBuffer> {
  return new Int32Array(paths * 8).fill(-1);
}
