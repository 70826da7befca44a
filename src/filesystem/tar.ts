import type { FileType } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { BlockReader, type TarChunks } from './tar-blocks.js';

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
  /** Extended attributes by name, their values as Latin-1; absent where there are none. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Where in the stream its content begins. */
  readonly offset: number;
  /** To be read, if at all, before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** What the keys of pax records that hold extended attributes begin with, in GNU tar's, star's and Docker's archives. */
export const attributePrefix = 'SCHILY.xattr.';

/** Reads the members of an uncompressed tar stream, in its order. Throws when the stream is cut short or is no tar. */
export async function* tarMembers(stream: TarChunks): AsyncGenerator<TarMember, void> {
  const input = new BlockReader(stream);
  let extended: Extended = {};
  let global: Extended = {};
  for (;;) {
    const block = await input.block();
    if (block === undefined || block.every((byte) => byte === 0)) break;
    const header = decodeHeader(block);
    if (header.flag === 'x') {
      extended = joined(extended, paxRecords(await input.whole(header.size)));
    } else if (header.flag === 'g') {
      global = joined(global, paxRecords(await input.whole(header.size)));
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

/** What all records that hold at once may take; names and attributes take a thousandth of it. */
const mostExtended = 32 * 1024 * 1024;

function joined(before: Extended, more: Extended): Extended {
  const all = { ...before, ...more };
  const size = Object.entries(all).reduce((total, [key, value]) => total + key.length + value.length, 0);
  if (size > mostExtended) throw new Error('the archive has more in its headers than can be of use');
  return all;
}

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
    ...attributesOf(extended),
    offset: input.offset,
    content: input.content(),
  };
  await input.finish();
}

function attributesOf(extended: Extended): Pick<TarMember, 'attributes'> {
  const found = Object.entries(extended).filter(([key]) => key.startsWith(attributePrefix));
  if (found.length === 0) return {};
  return { attributes: Object.fromEntries(found.map(([key, value]) => [key.slice(attributePrefix.length), value])) };
}

function absolute(name: string): FilePath {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`the archive has a member outside of itself: ${name}`);
  return `/${parts.join('/')}` as FilePath;
}

/** Whether a block can begin a tar archive: its checksum is right, or it is the end of an empty one. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < 512) return false;
  return block.every((byte) => byte === 0) || hasRightSum(block);
}

function hasRightSum(block: Buffer): boolean {
  // The sum's own eight bytes count as spaces. This is done for each member: a callback for each byte would cost more than
  // the rest of its reading.
  let sum = 8 * 0x20;
  for (let at = 0; at < 148; at++) sum += block[at] ?? 0;
  for (let at = 156; at < block.length; at++) sum += block[at] ?? 0;
  return sum === octalAt(block, 148, 8);
}

function decodeHeader(block: Buffer): Header {
  if (!hasRightSum(block)) throw new Error('this is not a tar archive, or it is damaged');
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
