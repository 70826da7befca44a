import { inflateSync } from 'node:zlib';
import type { FilePath } from '../../model/file-path.js';
import { applyDelta } from './delta.js';
import type { ObjectFiles } from './object-files.js';
import type { GitObject } from './objects.js';

/** The index of one pack, read as far as it was asked. */
export interface PackIndex {
  readonly path: FilePath;
  readonly pack: FilePath;
  readonly idBytes: number;
  /** How many ids begin with each byte or a smaller one. */
  fanout?: Buffer;
  /** By first byte: the ids that begin with it. */
  readonly ids: Map<number, Buffer>;
}

export function packIndex(path: FilePath, idBytes: number): PackIndex {
  return { path, pack: path.replace(/\.idx$/, '.pack') as FilePath, idBytes, ids: new Map() };
}

const headerBytes = 8;
const fanoutBytes = 1024;

/** Where in its pack an object is (gitformat-pack(5), "Version 2 pack-*.idx files"); undefined where it is not. */
export async function findInPack(index: PackIndex, id: string, files: ObjectFiles): Promise<number | undefined> {
  const { path, idBytes } = index;
  index.fanout ??= await readFanout(path, files);
  const { fanout } = index;
  const first = Number.parseInt(id.slice(0, 2), 16);
  const start = first === 0 ? 0 : fanout.readUInt32BE((first - 1) * 4);
  const count = fanout.readUInt32BE(first * 4) - start;
  const names = headerBytes + fanoutBytes;
  const ids = index.ids.get(first) ?? (await files.part(path, names + start * idBytes, count * idBytes));
  index.ids.set(first, ids);
  const found = search(ids, Buffer.from(id, 'hex'), idBytes);
  if (found === undefined) return undefined;
  const total = fanout.readUInt32BE(fanoutBytes - 4);
  const offsets = names + total * (idBytes + 4);
  const offset = (await files.part(path, offsets + (start + found) * 4, 4)).readUInt32BE(0);
  if (offset < 0x80000000) return offset;
  const large = await files.part(path, offsets + total * 4 + (offset - 0x80000000) * 8, 8);
  return Number(large.readBigUInt64BE(0));
}

async function readFanout(path: FilePath, files: ObjectFiles): Promise<Buffer> {
  const head = await files.part(path, 0, headerBytes + fanoutBytes);
  const isKnown = head.toString('latin1', 0, 4) === '\xfftOc' && head.length === headerBytes + fanoutBytes;
  if (!isKnown || head.readUInt32BE(4) !== 2) throw new Error('the index of a pack is of an unknown version');
  return head.subarray(headerBytes);
}

function search(ids: Buffer, id: Buffer, idBytes: number): number | undefined {
  let low = 0;
  let high = ids.length / idBytes;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = ids.compare(id, 0, idBytes, middle * idBytes, (middle + 1) * idBytes);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

const types = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' } as const;
const offsetDelta = 6;
const idDelta = 7;
/** Larger ones are contents of files, which nobody asks for here. */
const largestObject = 64 * 1024 * 1024;

/** The object at an offset of a pack (gitformat-pack(5)); `lookUp` finds the base of one that is stored by an id. */
export async function readPacked(
  index: PackIndex,
  offset: number,
  files: ObjectFiles,
  lookUp: (id: string) => Promise<GitObject | undefined>,
): Promise<GitObject | undefined> {
  const { pack, idBytes } = index;
  const head = await files.part(pack, offset, 32 + idBytes);
  let at = 0;
  const byte = (): number => {
    const value = head[at++];
    if (value === undefined) throw new Error('a pack ends too early');
    return value;
  };
  let next = byte();
  const kind = (next >> 4) & 7;
  let size = next & 15;
  for (let shift = 4; next >= 0x80; shift += 7) {
    next = byte();
    size += (next & 0x7f) * 2 ** shift;
  }
  if (size > largestObject) return undefined;
  if (kind === offsetDelta) {
    const back = readBack(byte);
    const base = await readPacked(index, offset - back, files, lookUp);
    return base && { ...base, content: applyDelta(base.content, await inflate(pack, offset + at, size, files)) };
  }
  if (kind === idDelta) {
    const base = await lookUp(head.toString('hex', at, at + idBytes));
    const delta = await inflate(pack, offset + at + idBytes, size, files);
    return base && { ...base, content: applyDelta(base.content, delta) };
  }
  const type = types[kind as keyof typeof types];
  if (type === undefined) throw new Error('a pack has an object of an unknown type');
  return { type, content: await inflate(pack, offset + at, size, files) };
}

function readBack(byte: () => number): number {
  let next = byte();
  let back = next & 0x7f;
  while (next >= 0x80) {
    next = byte();
    back = (back + 1) * 128 + (next & 0x7f);
  }
  return back;
}

/** What is compressed takes hardly more room than what it gives (zlib's own bound); what follows it is another object's. */
async function inflate(pack: FilePath, offset: number, size: number, files: ObjectFiles): Promise<Buffer> {
  const packed = await files.part(pack, offset, size + (size >> 8) + 64);
  const content = inflateSync(packed, { maxOutputLength: Math.max(size, 1) });
  if (content.length !== size) throw new Error('a packed object has another size than it says');
  return content;
}
