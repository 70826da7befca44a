const blockSize = 512;
/** Names and attributes that do not fit a header are held in memory, so an archive may not make us hold anything. */
const extendedLimit = 1024 * 1024;

/** Chunks of an archive; of a file, also what is never read of it. */
export interface TarChunks extends AsyncIterable<Uint8Array> {
  /** Leaves out so many bytes before the next chunk. */
  skip?(bytes: number): void;
}

/** Cuts a stream of chunks into blocks and contents, holding one chunk at a time. */
export class BlockReader {
  /** How much of the stream was taken. */
  offset = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private readonly skip: TarChunks['skip'];
  private chunk: Buffer = Buffer.alloc(0);
  private left = 0;
  private padding = 0;

  constructor(stream: TarChunks) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.skip = stream.skip?.bind(stream);
  }

  /** The next block; undefined at the end of the stream. */
  async block(): Promise<Buffer | undefined> {
    if (this.chunk.length === 0 && !(await this.more())) return undefined;
    return this.take(blockSize);
  }

  async whole(size: number): Promise<Buffer> {
    if (!(size >= 0 && size <= extendedLimit)) throw new Error(`the archive has a header of ${size} bytes`);
    const bytes = Buffer.from(await this.take(size));
    await this.take(paddingOf(size));
    return bytes;
  }

  begin(size: number): void {
    this.left = size;
    this.padding = paddingOf(size);
  }

  async *content(): AsyncGenerator<Buffer, void> {
    while (this.left > 0) yield await this.part();
  }

  /** Skips what was not read of the content. */
  async finish(): Promise<void> {
    this.pass();
    while (this.left > 0) await this.part();
    await this.take(this.padding);
    this.padding = 0;
  }

  /** Passes over content without reading it, but for its last byte: that tells whether it is there. */
  private pass(): void {
    const passed = this.left - this.chunk.length - 1;
    if (!this.skip || passed <= 0) return;
    this.skip(passed);
    this.offset += this.left - 1;
    this.left = 1;
    this.chunk = this.chunk.subarray(this.chunk.length);
  }

  /** Reads to the stream's end, so that its writer is not stopped by a closed pipe. */
  async drain(): Promise<void> {
    this.chunk = Buffer.alloc(0);
    while (await this.more()) this.chunk = Buffer.alloc(0);
  }

  private async part(): Promise<Buffer> {
    if (this.chunk.length === 0 && !(await this.more())) throw cutShort();
    const part = this.chunk.subarray(0, this.left);
    this.chunk = this.chunk.subarray(part.length);
    this.left -= part.length;
    this.offset += part.length;
    return part;
  }

  private async take(size: number): Promise<Buffer> {
    this.offset += size;
    if (this.chunk.length >= size) {
      const bytes = this.chunk.subarray(0, size);
      this.chunk = this.chunk.subarray(size);
      return bytes;
    }
    const bytes = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size; ) {
      if (this.chunk.length === 0 && !(await this.more())) throw cutShort();
      const copied = this.chunk.copy(bytes, filled);
      this.chunk = this.chunk.subarray(copied);
      filled += copied;
    }
    return bytes;
  }

  private async more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.chunks.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return true;
    }
  }
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function cutShort(): Error {
  return new Error('the archive ends in the middle of a member');
}
