import { Cursor } from './cursor.js';
import { type ImageFile, metadataSize } from './image-file.js';

/** Entries of one size in blocks of metadata, which a list of pointers leads to. */
class Table {
  readonly #blocks: readonly number[];

  constructor(
    private readonly image: ImageFile,
    offset: number | undefined,
    private readonly count: number,
    private readonly entrySize: number,
  ) {
    const blocks = Math.ceil((count * entrySize) / metadataSize);
    this.#blocks = offset === undefined || count === 0 ? [] : image.pointers(offset, blocks);
  }

  at(index: number): Cursor {
    const place = index * this.entrySize;
    const block = this.#blocks[Math.floor(place / metadataSize)];
    if (index >= this.count || block === undefined) throw new Error(`it has no entry ${index} in a table`);
    return new Cursor(this.image, block, place % metadataSize);
  }
}

/** The users and groups that inodes name by their places in a table. */
export function idTable(image: ImageFile): (index: number) => number {
  const { idTable: offset, ids } = image.superblock;
  const table = new Table(image, offset, ids, 4);
  const known = new Map<number, number>();
  return (index) => {
    const id = known.get(index) ?? table.at(index).u32();
    known.set(index, id);
    return id;
  };
}

/** What is left over of files, several in one block; those that were used last are kept. */
export function fragmentTable(image: ImageFile): (index: number) => Buffer {
  const { fragmentTable: offset, fragments } = image.superblock;
  const table = new Table(image, offset, fragments, 16);
  const known = new Map<number, Buffer>();
  return (index) => {
    const kept = known.get(index);
    if (kept) return kept;
    const cursor = table.at(index);
    const block = image.data(cursor.u64(), cursor.u32());
    if (known.size >= 8) known.clear();
    known.set(index, block);
    return block;
  };
}

const prefixes: readonly string[] = ['user.', 'trusted.', 'security.'];
/** XATTR_SIZE_MAX of Linux. */
const longestValue = 65536;
const valueElsewhere = 0x100;

/** The extended attributes that inodes name by their places in a table; their values as Latin-1. */
export function xattrTable(image: ImageFile): (index: number) => Readonly<Record<string, string>> {
  const { xattrTable: offset } = image.superblock;
  if (offset === undefined) return () => ({});
  const header = image.raw(offset, 16);
  const start = Number(header.readBigUInt64LE(0));
  const table = new Table(image, offset + 16, header.readUInt32LE(8), 16);
  return (index) => {
    const entry = table.at(index);
    const cursor = cursorAt(image, start, entry.bytes(8).readBigUInt64LE(0));
    return Object.fromEntries(Array.from({ length: entry.u32() }, () => attributeAt(image, start, cursor)));
  };
}

function attributeAt(image: ImageFile, start: number, cursor: Cursor): [name: string, value: string] {
  const [type, size] = [cursor.u16(), cursor.u16()];
  const prefix = prefixes[type & 0xff];
  if (prefix === undefined) throw new Error(`it has an extended attribute of an unknown kind (${type})`);
  const name = prefix + cursor.bytes(size).toString('latin1');
  const value = valueAt(cursor);
  if ((type & valueElsewhere) === 0) return [name, value.toString('latin1')];
  return [name, valueAt(cursorAt(image, start, value.readBigUInt64LE(0))).toString('latin1')];
}

function valueAt(cursor: Cursor): Buffer {
  const size = cursor.u32();
  if (size > longestValue) throw new Error(`it has an extended attribute of ${size} bytes`);
  return cursor.bytes(size);
}

function cursorAt(image: ImageFile, start: number, reference: bigint): Cursor {
  return new Cursor(image, start + Number(reference >> 16n), Number(reference & 0xffffn));
}
