/**
 * A set of wanted paths that finds its members in dpkg's file lists without making a string of any line: only the end
 * of a line is hashed, and only a line whose hash is wanted is compared. Making strings of all lines of a large system
 * costs several times more than reading the files.
 */
export class PathTable {
  readonly #paths: string[] = [];
  #hashes = new Int32Array(1024);
  /** Open addressing: an index into `#paths`, or -1. */
  #slots = new Int32Array(2048).fill(-1);

  get size(): number {
    return this.#paths.length;
  }

  /** Adds a path (latin1 view) and gives its number; the same path has the same number. */
  add(path: string): number {
    const hash = hashOf(path);
    let slot = hash & (this.#slots.length - 1);
    for (; ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const index = this.#slots[slot] as number;
      if (index < 0) break;
      if (this.#hashes[index] === hash && this.#paths[index] === path) return index;
    }
    const index = this.#paths.push(path) - 1;
    if (index >= this.#hashes.length) this.#grow();
    this.#hashes[index] = hash;
    this.#insert(index, hash);
    return index;
  }

  path(index: number): string {
    return this.#paths[index] ?? '';
  }

  /** Calls back with the number of every line of the list that is in the table. */
  scan(list: Buffer, found: (index: number) => void): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let start = 0, end = 0; start < list.length; start = end + 1) {
      end = list.indexOf(0x0a, start);
      if (end < 0) end = list.length;
      let hash = end - start;
      for (let at = Math.max(start, end - hashedBytes); at < end; at++) hash = Math.imul(hash ^ (list[at] as number), prime);
      hash ^= hash >>> 15;
      if ((slots[hash & mask] as number) >= 0) this.#match(list, start, end, hash, found);
    }
  }

  #match(list: Buffer, start: number, end: number, hash: number, found: (index: number) => void): void {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] as number;
      if (index < 0) return;
      if (this.#hashes[index] === hash && equals(this.#paths[index] as string, list, start, end)) {
        found(index);
        return;
      }
    }
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
    this.#slots = new Int32Array(hashes.length * 2).fill(-1);
    for (let index = 0; index < this.#paths.length - 1; index++) this.#insert(index, hashes[index] as number);
  }
}

// FNV-1a over a path's length and its last bytes, where paths differ; high bits folded in, as the table uses low ones.
const prime = 0x01000193;
const hashedBytes = 24;

function hashOf(path: string): number {
  let hash = path.length;
  for (let at = Math.max(0, path.length - hashedBytes); at < path.length; at++) {
    hash = Math.imul(hash ^ path.charCodeAt(at), prime);
  }
  return hash ^ (hash >>> 15);
}

function equals(path: string, list: Buffer, start: number, end: number): boolean {
  if (path.length !== end - start) return false;
  for (let at = 0; at < path.length; at++) if (path.charCodeAt(at) !== list[start + at]) return false;
  return true;
}
