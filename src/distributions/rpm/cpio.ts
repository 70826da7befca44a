/** One member of a cpio archive. */
export interface CpioMember {
  /** As it is written, as a latin1 view: `./usr/bin/x`. */
  readonly name: string;
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly mtime: number;
  readonly size: number;
  /** To be read before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

const headerSize = 110;

/** The members of an archive in the "New ASCII Format" of cpio(5), in its order. */
export async function* cpioMembers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<CpioMember, void> {
  const input = new ByteReader(stream);
  for (;;) {
    const header = (await input.take(headerSize)).toString('latin1');
    if (!/^07070[12]/.test(header)) throw new Error('its payload is no cpio archive of the new format');
    const number = (at: number) => Number.parseInt(header.slice(6 + at * 8, 14 + at * 8), 16);
    const [nameSize, size] = [number(11), number(6)];
    const name = (await input.take(nameSize)).toString('latin1', 0, nameSize - 1);
    await input.take(padding(headerSize + nameSize));
    if (name === 'TRAILER!!!') return;
    yield {
      name,
      inode: number(0),
      mode: number(1),
      links: number(4),
      mtime: number(5),
      size,
      content: input.pass(size),
    };
    await input.take(padding(size));
  }
}

function padding(size: number): number {
  return (4 - (size % 4)) % 4;
}

class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pass(size)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The next bytes as they come. */
  async *pass(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.#held.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) throw new Error('its payload is cut off');
        this.#held = Buffer.from(value.buffer, value.byteOffset, value.length);
      }
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }
}
