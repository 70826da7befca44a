/** The lines of one list: `from` up to `to` of those that the index knows. */
export interface Lines {
  readonly list: Buffer;
  /** A path starts so many bytes after its line; what stands there counts as its leading slash, which may be left out. */
  readonly skip: number;
  readonly hashes: Int32Array;
  /** One more than there are lines: where the next would start. */
  readonly starts: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** Those of a large system: growing would copy them, while memory that is not written to is not taken. */
const initialLines = 512 * 1024;

/** Where the lines of lists start and what their paths hash to: gone through once, however often paths are looked for. */
export class LineIndex {
  #hashes = new Int32Array(initialLines);
  #starts = new Int32Array(initialLines);
  #count = 0;
  readonly #ranges = new Map<Buffer, { readonly from: number; readonly to: number }>();

  of(list: Buffer, skip: number): Lines {
    const range = this.#ranges.get(list) ?? this.#read(list, skip);
    return { list, skip, hashes: this.#hashes, starts: this.#starts, ...range };
  }

  #read(list: Buffer, skip: number): { from: number; to: number } {
    const view = viewOf(list);
    const from = this.#count;
    let [count, hashes, starts] = [from, this.#hashes, this.#starts];
    for (let start = 0; ; ) {
      if (count === starts.length) {
        hashes = this.#hashes = enlarged(hashes);
        starts = this.#starts = enlarged(starts);
      }
      starts[count] = start;
      if (start >= list.length) break;
      const newline = list.indexOf(0x0a, start);
      const end = newline < 0 ? list.length : newline;
      hashes[count++] = hashOf(view, start + skip, end);
      start = end + 1;
    }
    const range = { from, to: count };
    this.#count = count + 1;
    this.#ranges.set(list, range);
    return range;
  }
}

function enlarged(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

/** Up to so many bytes all are hashed; of longer paths as many, four at a time. */
const hashedBytes = 16;

/**
 * The hash of the path that stands there: over its length, its end and its middle. Paths of one system differ in their
 * file's name or, for the copyright notices and change logs of all packages, in a folder before it. The first byte, a
 * slash or what stands for it, is not looked at.
 */
export function hashOf(view: DataView, first: number, end: number): number {
  const length = end - first;
  let hash = length;
  if (length <= hashedBytes) {
    for (let at = first + 1; at < end; at++) hash = mix(hash, view.getUint8(at));
    return hash;
  }
  const middle = first + (length >> 1);
  hash = mix(hash, view.getInt32(end - 4, true));
  hash = mix(hash, view.getInt32(end - 8, true));
  hash = mix(hash, view.getInt32(middle, true));
  return mix(hash, view.getInt32(middle - 4, true));
}

/** For numbers of several bytes. */
export function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** One step of murmur's kind: multiply, and fold the high bits into the low ones that the table uses. */
function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return product ^ (product >>> 15);
}
