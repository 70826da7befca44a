/**
 * A set of wanted paths that finds its members in dpkg's file lists without making a string of any line: only the end
 * of a line is hashed, and only a line whose hash is wanted is compared. Making strings of all lines of a large system
 * costs several times more than reading the files.
 */
export class PathTable {
  readonly #paths: string[] = [];
  /** All but the leading slash. */
  readonly #tails: string[] = [];
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
    this.#tails.push(path.slice(1));
    if (index >= this.#hashes.length) this.#grow();
    this.#hashes[index] = hash;
    this.#insert(index, hash);
    return index;
  }

  path(index: number): string {
    return this.#paths[index] ?? '';
  }

  /**
   * Calls back with the number of every line that is in the table, and where the line starts. The path of a line
   * starts `skip` bytes after it; whatever stands there counts as the leading slash, which md5sums files leave out.
   */
  scan(list: Buffer, skip: number, found: (index: number, start: number) => void): void {
    const view = new DataView(list.buffer, list.byteOffset, list.length);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let start = 0, end = 0; start < list.length; start = end + 1) {
      end = list.indexOf(0x0a, start);
      if (end < 0) end = list.length;
      const first = start + skip;
      const hash = end - first > hashedBytes ? hashOfTail(view, first, end) : hashOfShort(list, first, end);
      if ((slots[hash & mask] as number) < 0) continue;
      const index = this.#match(list, first, end, hash);
      if (index >= 0) found(index, start);
    }
  }

  #match(list: Buffer, first: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] as number;
      if (index < 0) return -1;
      if (this.#hashes[index] === hash && this.#tails[index] === list.toString('latin1', first + 1, end)) return index;
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

// Over a path's length and its last bytes, four at a time: paths differ at their ends.
const hashedBytes = 16;

function hashOf(path: string): number {
  const bytes = Buffer.from(path, 'latin1');
  if (bytes.length <= hashedBytes) return hashOfShort(bytes, 0, bytes.length);
  return hashOfTail(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

function hashOfTail(view: DataView, first: number, end: number): number {
  let hash = mix(end - first, view.getInt32(end - 4, true));
  hash = mix(hash, view.getInt32(end - 8, true));
  hash = mix(hash, view.getInt32(end - 12, true));
  return mix(hash, view.getInt32(end - 16, true));
}

function hashOfShort(bytes: Buffer, first: number, end: number): number {
  let hash = end - first;
  for (let at = first + 1; at < end; at++) hash = mix(hash, bytes[at] as number);
  return hash;
}

/** One step of murmur's kind: multiply, and fold the high bits into the low ones that the table uses. */
function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return product ^ (product >>> 15);
}
