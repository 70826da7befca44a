import type { ImageFile } from './image-file.js';

/** Reads what lies in blocks of metadata from some place on, through the ends of blocks. */
export class Cursor {
  #block: number;
  #at: number;

  /** A place is a block, and an offset in what it holds. */
  constructor(
    private readonly image: ImageFile,
    block: number,
    offset: number,
  ) {
    this.#block = block;
    this.#at = offset;
  }

  bytes(size: number): Buffer {
    const parts: Buffer[] = [];
    for (let missing = size; missing > 0; ) {
      const { content, next } = this.image.metadata(this.#block);
      const part = content.subarray(this.#at, this.#at + missing);
      if (part.length === 0 && this.#at > content.length)
        throw new Error(`it points behind the block at ${this.#block}`);
      if (part.length === 0 && content.length === 0) throw new Error(`it has an empty block at ${this.#block}`);
      parts.push(part);
      missing -= part.length;
      this.#at += part.length;
      if (missing > 0) [this.#block, this.#at] = [next, 0];
    }
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
  }

  u16(): number {
    return this.bytes(2).readUInt16LE(0);
  }

  u32(): number {
    return this.bytes(4).readUInt32LE(0);
  }

  u64(): number {
    return Number(this.bytes(8).readBigUInt64LE(0));
  }
}
