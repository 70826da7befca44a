import { withRoom } from '../trie/columns.js';
import { SizedPaths } from '../trie/entry-batch.js';

/** Rows that were taken from the beginning of a text, and where the first of the others begins. */
export interface FileRows {
  readonly rows: SizedPaths;
  readonly stop: number;
}

/** Of numbers that are whole and exact. */
const mostDigits = 15;
/** Bytes of a row. */
const likelyLength = 96;
const none = -1;

const code = { quote: 0x22, dot: 0x2e, slash: 0x2f, zero: 0x30, nine: 0x39, minus: 0x2d } as const;
/** What stands around the two values of a row, with any space between its parts. */
const beforeName = ['', '{', '"Name"', ':', '"'].map((text) => Buffer.from(text));
const beforeSize = ['"', ',', '"Size"', ':', ''].map((text) => Buffer.from(text));
const behindSize = ['', '}', ','].map((text) => Buffer.from(text));

/** What a byte is to a path within a JSON text. */
const kind = { plain: 0, slash: 1, quote: 2, refused: 3 } as const;
const kinds = new Uint8Array(256).fill(kind.refused, 0, 0x20).fill(kind.refused, 0x7f);
kinds['\\'.charCodeAt(0)] = kind.refused;
kinds[code.quote] = kind.quote;
kinds[code.slash] = kind.slash;

/**
 * Items `{"Name": "/a", "Size": 1},` of a list of JSON, as many from its beginning as are just so: two fields in that order,
 * paths of ASCII without escapes that have no empty part, `.` or `..`, sizes that are whole numbers, a comma behind. Whoever
 * asks parses what stands behind them as what it is. JSON.parse takes as long, and makes an object of each.
 */
export function fileRows(bytes: Buffer): FileRows {
  const text = new Words(bytes);
  const gaps = [new Gap(text, beforeName), new Gap(text, beforeSize), new Gap(text, behindSize)] as const;
  let sizes = new Float64Array(bytes.length / likelyLength);
  let places = new Int32Array(3 * sizes.length);
  let [count, stop, before, length] = [0, 0, 0, 0];
  for (;;) {
    const start = gaps[0].behind(stop);
    if (start === none) break;
    const shared = text.shared(before, start, length);
    const end = endOfPath(text, start, shared);
    if (end === none) break;
    const number = gaps[1].behind(end);
    if (number === none) break;
    const digits = bytes[number] === code.minus ? number + 1 : number;
    const behind = endOfDigits(bytes, digits);
    if (behind === none) break;
    const next = gaps[2].behind(behind);
    if (next === none) break;
    if (count >= sizes.length) {
      sizes = withRoom(sizes, count + 1);
      places = withRoom(places, 3 * sizes.length);
    }
    places[3 * count] = start;
    places[3 * count + 1] = end;
    places[3 * count + 2] = shared;
    sizes[count++] = (digits === number ? 1 : -1) * numberIn(bytes, digits, behind);
    stop = next;
    before = start;
    length = end - start;
  }
  return { rows: new SizedPaths(bytes, places.subarray(0, 3 * count), sizes.subarray(0, count)), stop };
}

/** Bytes that are compared four at a time. */
class Words {
  readonly #view: DataView;

  constructor(readonly bytes: Buffer) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** How many bytes are the same from two places on, at most so many. */
  shared(one: number, other: number, most: number): number {
    const view = this.#view;
    const { bytes } = this;
    const stop = Math.min(most, bytes.length - Math.max(one, other));
    let same = 0;
    while (same + 4 <= stop && view.getInt32(one + same, true) === view.getInt32(other + same, true)) same += 4;
    while (same < stop && bytes[one + same] === bytes[other + same]) same++;
    return same;
  }
}

/** What stands between two values: for the most part just what stood there in the row before. */
class Gap {
  #at = 0;
  #length = 0;

  constructor(
    private readonly text: Words,
    private readonly parts: readonly Buffer[],
  ) {}

  /** Where it ends that begins at `start`; -1 where something else stands there. */
  behind(start: number): number {
    const length = this.#length;
    if (length > 0 && this.text.shared(this.#at, start, length) === length) return start + length;
    return this.#learnt(start);
  }

  #learnt(start: number): number {
    const { bytes } = this.text;
    let at = start;
    for (const [number, part] of this.parts.entries()) {
      if (number > 0) at = behindSpace(bytes, at);
      if (!bytes.subarray(at, at + part.length).equals(part)) return none;
      at += part.length;
    }
    this.#at = start;
    this.#length = at - start;
    return at;
  }
}

function behindSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isSpace(bytes[at] ?? 0)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Where the string ends that begins there; -1 where it is no path from the root as it is to be. So much of it was
 * looked at already where the path before it stands.
 */
function endOfPath({ bytes }: Words, start: number, known: number): number {
  const stop = bytes.length - 3;
  if (start >= stop || bytes[start] !== code.slash) return none;
  // Whether a part is uneven shows up to three bytes behind the slash before it.
  for (let at = start + Math.max(0, known - 3); at < stop; at++) {
    const found = kinds[bytes[at] as number];
    if (found === kind.plain) continue;
    if (found === kind.quote) return at;
    if (found === kind.refused || isUnevenPart(bytes, at + 1)) return none;
  }
  return none;
}

/** With two bytes more behind it. */
function isUnevenPart(bytes: Buffer, start: number): boolean {
  const first = bytes[start];
  if (first === code.slash) return true;
  if (first !== code.dot) return false;
  const second = bytes[start + 1] as number;
  return isEnd(second) || (second === code.dot && isEnd(bytes[start + 2] as number));
}

function isEnd(byte: number): boolean {
  return byte === code.slash || byte === code.quote;
}

/** Where the digits of a whole number end; -1 where JSON has none there, or one that may not be exact. */
function endOfDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isDigit(bytes[at] as number)) at++;
  const length = at - start;
  if (length === 0 || length > mostDigits || (length > 1 && bytes[start] === code.zero)) return none;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= code.zero && byte <= code.nine;
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 10 + (bytes[at] as number) - code.zero;
  return number;
}
