import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { ReproError } from '../errors.js';
import type { FilePath } from '../model/file-path.js';

/** One member of a zip. */
export interface ZipMember {
  /** Its bytes as written, without a leading or trailing slash. */
  readonly name: FilePath;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits; 0 where a system without them made it. */
  readonly mode: number;
  /** Seconds since 1970; a zip has local time without a zone, read as UTC. */
  readonly mtime: number;
  readonly size: number;
  /** Fails at its end where it is not what the zip says. */
  content(): AsyncIterable<Buffer>;
}

export interface ZipFile extends AsyncDisposable {
  readonly members: readonly ZipMember[];
}

const endLength = 22;
const signature = { end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50, entry: 0x02014b50 } as const;

/** Bytes that any part can be read of; less than what is asked for where they end. */
interface ZipSource {
  readonly size: number;
  read(position: number, length: number): Promise<Buffer>;
}

/** Opens a local zip with stored and deflated members. */
export async function openZip(file: string): Promise<ZipFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const source = { size, read: (position: number, length: number) => readAt(handle, position, length) };
    return { members: await readMembers(source, file), [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The members of a zip in memory. */
export function zipMembers(content: Buffer, name: string): Promise<ZipMember[]> {
  const read = async (position: number, length: number) => content.subarray(position, position + length);
  return readMembers({ size: content.length, read }, name);
}

/** By the central directory. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
async function readMembers(source: ZipSource, file: string): Promise<ZipMember[]> {
  const { size } = source;
  const within: ZipSource = {
    size,
    read: (position, length) => source.read(position, Math.max(0, Math.min(length, size - position))),
  };
  return [...membersOf(await readDirectory(within, file), within, file)];
}

async function readDirectory(source: ZipSource, file: string): Promise<Buffer> {
  const { size } = source;
  const tail = await source.read(Math.max(0, size - endLength - 0xffff), Math.min(size, endLength + 0xffff));
  let at = tail.length - endLength;
  // The comment behind it may hold anything, but is as long as the record says.
  const isEnd = (start: number) =>
    tail.readUInt32LE(start) === signature.end && start + endLength + tail.readUInt16LE(start + 20) === tail.length;
  while (at >= 0 && !isEnd(at)) at--;
  if (at < 0) throw damaged(file, 'it has no end record');
  const locator = at - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === signature.locator) {
    const end = await source.read(Number(tail.readBigUInt64LE(locator + 8)), 56);
    if (end.length < 56 || end.readUInt32LE(0) !== signature.end64) throw damaged(file, 'its end record is missing');
    return source.read(Number(end.readBigUInt64LE(48)), Number(end.readBigUInt64LE(40)));
  }
  return source.read(tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
}

function* membersOf(directory: Buffer, source: ZipSource, file: string): Generator<ZipMember> {
  for (let at = 0; at < directory.length; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== signature.entry) {
      throw damaged(file, 'its directory cannot be read');
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset));
    const name = directory.toString('latin1', at + 46, at + 46 + (nameLength ?? 0));
    const extraAt = at + 46 + (nameLength ?? 0);
    const extra = directory.subarray(extraAt, extraAt + (extraLength ?? 0));
    const [packed = 0, size = 0, offset = 0] = largeNumbers(extra, [
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 42),
    ]);
    const unixMode = directory.readUInt16LE(at + 40);
    const place = { source, file, name, offset, packed, size };
    const how = { method: directory.readUInt16LE(at + 10), crc: directory.readUInt32LE(at + 16) };
    yield {
      name: name.replace(/^\/+|\/+$/g, '') as FilePath,
      type: (unixMode & 0o170000) === 0o120000 ? 'symlink' : name.endsWith('/') ? 'directory' : 'file',
      mode: unixMode & 0o7777,
      mtime: dateOf(directory.readUInt16LE(at + 14), directory.readUInt16LE(at + 12)),
      size,
      content: () => contentOf({ ...place, ...how }),
    };
    at = extraAt + (extraLength ?? 0) + (commentLength ?? 0);
  }
}

/** Numbers that do not fit their field are in the zip64 extra field, in this order. */
function largeNumbers(extra: Buffer, numbers: readonly number[]): number[] {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  let next = at + 4;
  return numbers.map((number) => {
    if (number !== 0xffffffff || next + 8 > extra.length) return number;
    next += 8;
    return Number(extra.readBigUInt64LE(next - 8));
  });
}

interface PackedContent {
  readonly source: ZipSource;
  readonly file: string;
  readonly name: string;
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
  readonly method: number;
  readonly crc: number;
}

async function* contentOf({ source, file, name, offset, packed, size, method, crc }: PackedContent) {
  if (method !== 0 && method !== 8) throw damaged(file, `${name} is compressed in an unknown way (${method})`);
  const header = await source.read(offset, 30);
  const start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const raw = Readable.from(chunksOf(source, start, packed), { objectMode: false });
  const unpacked = method === 0 ? raw : pipeline(raw, createInflateRaw(), () => undefined);
  let sum = 0;
  let seen = 0;
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    seen += chunk.length;
    yield chunk;
  }
  if (seen !== size || sum !== crc) throw damaged(file, `${name} is not what it says`);
}

async function* chunksOf(source: ZipSource, start: number, length: number): AsyncGenerator<Buffer> {
  const step = 1 << 18;
  for (let done = 0; done < length; done += step) {
    yield await source.read(start + done, Math.min(step, length - done));
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(buffer, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}

/** MS-DOS date and time, which begin in 1980 and count two seconds. */
function dateOf(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}

function damaged(file: string, how: string): ReproError {
  return new ReproError('not-rebuildable', `the zip is damaged: ${how}`, { where: file });
}
