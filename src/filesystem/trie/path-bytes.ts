/** Paths that are being placed, as UTF-8, one after the other; the one that was placed last is still there. */
export class PathBytes {
  private own = Buffer.alloc(1 << 16);
  bytes: Buffer = this.own;
  /** Where the path begins that is being placed, and where it ends. */
  start = 0;
  stop = 0;
  /** How many of its bytes are those of the one before. */
  shared = 0;
  private words = wordsOf(this.bytes);

  /** Reads one path, or many one after the other; how many bytes they are. */
  read(text: string): number {
    const { bytes, start, stop } = this;
    const last = stop - start;
    // No unit of UTF-16 is more than three bytes of UTF-8.
    if (last + text.length * 3 > this.own.length) this.own = Buffer.alloc((last + text.length * 3) * 2);
    bytes.copy(this.own, 0, start, stop);
    if (bytes !== this.own) this.turn(this.own);
    this.start = 0;
    this.stop = last;
    return this.bytes.write(text, last);
  }

  /** Goes on in bytes that have paths already, with none placed of them. */
  readFrom(bytes: Buffer): void {
    this.turn(bytes);
    this.start = 0;
    this.stop = 0;
  }

  /** Turns to the next path of the bytes; `shared`: how many of its bytes are those of the one before. */
  next(start: number, stop: number, shared: number): void {
    this.shared = shared;
    this.start = start;
    this.stop = stop;
  }

  /** How many bytes of the path there are those of the one that was placed last. */
  sharedWith(start: number, stop: number): number {
    const { bytes, words, start: before } = this;
    const most = Math.min(stop - start, this.stop - before);
    let shared = 0;
    while (shared + 4 <= most && words.getInt32(before + shared, true) === words.getInt32(start + shared, true)) {
      shared += 4;
    }
    while (shared < most && bytes[before + shared] === bytes[start + shared]) shared++;
    return shared;
  }

  private turn(bytes: Buffer): void {
    this.bytes = bytes;
    this.words = wordsOf(bytes);
  }
}

/** Four bytes are compared as fast as one. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
