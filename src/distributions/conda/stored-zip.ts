/** One member of a zip whose members are stored as they are. */
export interface ZipMember {
  readonly name: string;
  /** To be read, if at all, before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

const localHeader = 0x04034b50;
const headerSize = 30;

/**
 * The members of a zip without compression, in one pass: as a .conda is by its definition.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7
 */
export async function* storedMembers(stream: AsyncIterable<Buffer>): AsyncGenerator<ZipMember, void> {
  const input = new Input(stream);
  try {
    for (;;) {
      const header = await input.take(headerSize);
      if (header.length < headerSize || header.readUInt32LE(0) !== localHeader) return;
      const [nameSize, extraSize] = [header.readUInt16LE(26), header.readUInt16LE(28)];
      const name = (await input.take(nameSize)).toString('utf8');
      const extra = await input.take(extraSize);
      const isStored = header.readUInt16LE(8) === 0 && (header.readUInt16LE(6) & 8) === 0;
      if (!isStored) throw new Error(`its member ${name} is compressed, or does not say how long it is`);
      let left = sizeOf(header, extra);
      const content = (async function* () {
        for (; left > 0; ) {
          const part = await input.some(left);
          left -= part.length;
          yield part;
        }
      })();
      yield { name, content };
      while (left > 0) left -= (await input.some(left)).length;
    }
  } finally {
    await input.end();
  }
}

/** Of a large member in the extra field for 64 bits (4.5.3): first the size as it is, then as it is stored. */
function sizeOf(header: Buffer, extra: Buffer): number {
  const size = header.readUInt32LE(18);
  if (size !== 0xffffffff) return size;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return Number(extra.readBigUInt64LE(at + 4));
  }
  throw new Error('one of its members has no size');
}

/** A stream that is taken in pieces. */
class Input {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes, or what is left. */
  async take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = size; missing > 0 && (await this.#more()); ) {
      const part = this.#cut(missing);
      missing -= part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** Up to so many bytes, and at least one. */
  async some(size: number): Promise<Buffer> {
    if (await this.#more()) return this.#cut(size);
    throw new Error('it ends in the middle of a member');
  }

  async end(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = value;
    }
    return true;
  }

  #cut(size: number): Buffer {
    const part = this.#chunk.subarray(0, size);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }
}
