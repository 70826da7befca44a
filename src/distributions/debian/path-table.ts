import { hashOf, type Lines, viewOf } from './line-index.js';

/**
 * A set of wanted paths that finds its members in dpkg's file lists without making a string of any line: a line
 * is hashed, and only a line whose hash is wanted is compared. Making strings of all lines of a large system
 * costs several times more than reading the files.
 */
export class PathTable {
  readonly #paths: string[] = [];
  /** The bytes of all paths, one after the other, and where in them each is. */
  #bytes = Buffer.alloc(0);
  #view = viewOf(this.#bytes);
  #used = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #hashes: number[] = [];
  /** Open addressing: an index into `#paths`, or -1. Most are empty, so that few lines that are not wanted meet one. */
  #slots = emptySlots(1);

  get size(): number {
    return this.#paths.length;
  }

  /** Adds paths (latin1 views) and gives their numbers; the same path has the same number. */
  addAll(paths: readonly string[]): number[] {
    let start = this.#used;
    // Of all at once: a call for each path costs more than everything else about it.
    this.#used = this.#write(paths.join(''));
    this.#makeRoom(this.#paths.length + paths.length);
    return paths.map((path) => {
      const end = start + path.length;
      const number = this.#add(path, start, end);
      start = end;
      return number;
    });
  }

  /** The number of a path; -1 where it was not added. */
  find(path: string): number {
    const start = this.#used;
    // Behind those of the others, where they stay until more are added.
    const end = this.#write(path);
    return this.#match(this.#view, start, end, hashOf(this.#view, start, end));
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
    if ((this.#ends[index] as number) - start !== end - first) return false;
    const view = this.#view;
    let at = end - 4;
    for (const shift = start - first; at > first; at -= 4) {
      if (view.getInt32(at + shift) !== list.getInt32(at)) return false;
    }
    for (at += 3; at > first; at--) if (view.getUint8(at + start - first) !== list.getUint8(at)) return false;
    return true;
  }

  #add(path: string, start: number, end: number): number {
    const hash = hashOf(this.#view, start, end);
    const known = this.#match(this.#view, start, end, hash);
    if (known >= 0) return known;
    const index = this.#paths.push(path) - 1;
    this.#starts.push(start);
    this.#ends.push(end);
    this.#hashes.push(hash);
    this.#insert(index, hash);
    return index;
  }

  /** Puts bytes behind those of the others, and gives where they end. */
  #write(text: string): number {
    const end = this.#used + text.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(end * 2);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
      this.#view = viewOf(larger);
    }
    this.#bytes.write(text, this.#used, 'latin1');
    return end;
  }

  #insert(index: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index;
  }

  #makeRoom(count: number): void {
    if (count * slotsForEach <= this.#slots.length) return;
    this.#slots = emptySlots(count);
    for (const [index, hash] of this.#hashes.entries()) this.#insert(index, hash);
  }
}

const slotsForEach = 8;

/** A power of two. */
function emptySlots(paths: number): Int32Array<ArrayBuffer> {
  return new Int32Array(2 ** Math.ceil(Math.log2(paths * slotsForEach))).fill(-1);
}
