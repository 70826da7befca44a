import type { FileType } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';

/**
 * One member of a tar archive. Own code because names are bytes: the libraries decode pax records as UTF-8, which
 * loses names that are not. Formats: ustar, GNU long names and pax, as `man 5 tar` describes them.
 */
export interface TarMember {
  /** Absolute: a leading `./` or `/` and a trailing `/` are dropped. */
  readonly path: FilePath;
  readonly type: FileType | 'hardlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** Of a symlink as written; of a hard link the absolute path of the member it repeats. */
  readonly target?: FilePath;
  /** Where in the stream its content begins. */
  readonly offset: number;
  /** To be read, if at all, before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

const blockSize = 512;
/** Names and attributes that do not fit a header are held in memory, so an archive may not make us hold anything. */
const extendedLimit = 1024 * 1024;

/** Reads the members of an uncompressed tar stream, in its order. Throws when the stream is cut short or is no tar. */
export async function* tarMembers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void> {
  const input = new BlockReader(stream);
  let extended: Extended = {};
  let global: Extended = {};
  for (;;) {
    const block = await input.block();
    if (block === undefined || block.every((byte) => byte === 0)) break;
    const header = decodeHeader(block);
    if (header.flag === 'x') {
      extended = { ...extended, ...paxRecords(await input.whole(header.size)) };
    } else if (header.flag === 'g') {
      global = { ...global, ...paxRecords(await input.whole(header.size)) };
    } else if (header.flag === 'L' || header.flag === 'K') {
      const text = textAt(await input.whole(header.size), 0, header.size);
      extended = { ...extended, [header.flag === 'L' ? 'path' : 'linkpath']: text };
    } else {
      yield* member(header, { ...global, ...extended }, input);
      extended = {};
    }
  }
  await input.drain();
}

type Extended = Readonly<Record<string, string>>;

interface Header {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly flag: string;
  readonly linkName: string;
}

const types: Readonly<Record<string, TarMember['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

async function* member(header: Header, extended: Extended, input: BlockReader): AsyncGenerator<TarMember, void> {
  const size = numberOf(extended['size']) ?? header.size;
  const name = extended['path'] ?? header.name;
  const type = types[header.flag];
  if (type === undefined) throw new Error(`the archive has a member of an unknown kind (${header.flag}): ${name}`);
  const hasContent = type === 'file';
  if (!Number.isSafeInteger(size) || size < 0) throw new Error(`the archive has a member of no possible size: ${name}`);
  if (hasContent) input.begin(size);
  const linkName = extended['linkpath'] ?? header.linkName;
  yield {
    path: absolute(name),
    type: hasContent && name.endsWith('/') ? 'directory' : type,
    mode: header.mode & 0o7777,
    uid: numberOf(extended['uid']) ?? header.uid,
    gid: numberOf(extended['gid']) ?? header.gid,
    size: hasContent ? size : 0,
    mtime: Math.floor(numberOf(extended['mtime']) ?? header.mtime),
    ...(type === 'symlink' ? { target: linkName as FilePath } : {}),
    ...(type === 'hardlink' ? { target: absolute(linkName) } : {}),
    offset: input.offset,
    content: input.content(),
  };
  await input.finish();
}

function absolute(name: string): FilePath {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`the archive has a member outside of itself: ${name}`);
  return `/${parts.join('/')}` as FilePath;
}

function decodeHeader(block: Buffer): Header {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== octalAt(block, 148, 8)) throw new Error('this is not a tar archive, or it is damaged');
  const name = textAt(block, 0, 100);
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textAt(block, 345, 155) : '';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: octalAt(block, 100, 8),
    uid: octalAt(block, 108, 8),
    gid: octalAt(block, 116, 8),
    size: octalAt(block, 124, 12),
    mtime: octalAt(block, 136, 12),
    flag: block.toString('latin1', 156, 157),
    linkName: textAt(block, 157, 100),
  };
}

function textAt(buffer: Buffer, at: number, length: number): string {
  const end = buffer.indexOf(0, at);
  return buffer.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal digits, or GNU's base 256 when the first bit is set. */
function octalAt(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) === 0) return Number.parseInt(textAt(block, at, length).trim() || '0', 8);
  let value = (block[at] ?? 0) & 0x7f;
  for (let next = at + 1; next < at + length; next++) value = value * 256 + (block[next] ?? 0);
  return value;
}

function paxRecords(bytes: Buffer): Extended {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, space), 10);
    if (!(length > 0)) break;
    const record = bytes.toString('latin1', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Cuts a stream of chunks into blocks and contents, holding one chunk at a time. */
class BlockReader {
  /** How much of the stream was taken. */
  offset = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private chunk: Buffer = Buffer.alloc(0);
  private left = 0;
  private padding = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** The next block; undefined at the end of the stream. */
  async block(): Promise<Buffer | undefined> {
    if (this.chunk.length === 0 && !(await this.more())) return undefined;
    return this.take(blockSize);
  }

  async whole(size: number): Promise<Buffer> {
    if (!(size <= extendedLimit)) throw new Error(`the archive has a header of ${size} bytes`);
    const bytes = await this.take(size);
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
    while (this.left > 0) await this.part();
    await this.take(this.padding);
    this.padding = 0;
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
    const parts: Buffer[] = [];
    for (let missing = size; missing > 0; ) {
      if (this.chunk.length === 0 && !(await this.more())) throw cutShort();
      const part = this.chunk.subarray(0, missing);
      this.chunk = this.chunk.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
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
