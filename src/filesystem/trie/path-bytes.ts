/** Paths that are being placed, as UTF-8, one after the other; the one that was placed last is still there. */
export class PathBytes {
  bytes = Buffer.alloc(1 << 16);
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
    if (last + text.length * 3 > bytes.length) {
      this.bytes = Buffer.alloc((last + text.length * 3) * 2);
      this.words = wordsOf(this.bytes);
    }
    bytes.copy(this.bytes, 0, start, stop);
    this.start = 0;
    this.stop = last;
    return this.bytes.write(text, last);
  }

  /** Turns to the next path that was read, of so many bytes. */
  next(length: number): void {
    const { bytes, words, start: before, stop: start } = this;
    const most = Math.min(length, start - before);
    let shared = 0;
    while (shared + 4 <= most && words.getInt32(before + shared, true) === words.getInt32(start + shared, true)) {
      shared += 4;
    }
    while (shared < most && bytes[before + shared] === bytes[start + shared]) shared++;
    this.shared = shared;
    this.start = start;
    this.stop = start + length;
  }
}

/** Four bytes are compared as fast as one. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
