const slash = 47;

/** Paths that are being placed, as UTF-8, one after the other. */
export class PathBytes {
  bytes = Buffer.alloc(1 << 16);
  /** Where the path begins that is being placed, where its last part does, and where it ends. */
  start = 0;
  name = 0;
  stop = 0;
  private isFirst = true;

  /** Reads one path, or many one after the other; how many bytes they are. */
  read(text: string): number {
    // No unit of UTF-16 is more than three bytes of UTF-8.
    if (text.length * 3 > this.bytes.length) this.bytes = Buffer.alloc(text.length * 6);
    this.stop = 0;
    this.isFirst = true;
    return this.bytes.write(text, 0);
  }

  /** Turns to the next path that was read, of so many bytes; whether it is in the same folder as the one before. */
  next(length: number): boolean {
    const { bytes, start: before, stop: start } = this;
    const folder = this.name - before;
    const stop = start + length;
    let name = stop;
    while (name > start && bytes[name - 1] !== slash) name--;
    this.start = start;
    this.name = name;
    this.stop = stop;
    if (this.isFirst || name - start !== folder) {
      this.isFirst = false;
      return false;
    }
    // From the end, where paths that lie near one another differ first.
    let at = folder - 1;
    while (at >= 0 && bytes[start + at] === bytes[before + at]) at--;
    return at < 0;
  }
}
