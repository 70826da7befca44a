import type { FileType } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { Cursor } from './cursor.js';
import type { ImageFile } from './image-file.js';

/** Where the content of a file lies. */
export interface Content {
  readonly size: number;
  /** Of the first block. */
  readonly start: number;
  /** Of each whole block, with a flag; 0 of one that is all zeros. */
  readonly blocks: readonly number[];
  /** What is left over shares a block with other files. */
  readonly fragment?: { readonly number: number; readonly offset: number };
}

/** Where the names of a folder lie. */
export interface Listing {
  readonly block: number;
  readonly offset: number;
  readonly size: number;
}

export interface Inode {
  readonly number: number;
  readonly type: FileType;
  readonly mode: number;
  /** Places in the table of ids. */
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly xattrs?: number;
  readonly target?: FilePath;
  readonly content?: Content;
  readonly listing?: Listing;
}

const types: readonly FileType[] = ['directory', 'file', 'symlink', 'block', 'character', 'fifo', 'socket'];
const noFragment = 0xffff_ffff;
const noXattrs = 0xffff_ffff;
/** PATH_MAX of Linux. */
const longestTarget = 4096;

/** Reads the inode that a reference leads to: a block of the table of inodes, and an offset in it. */
export function readInode(image: ImageFile, reference: bigint): Inode {
  const { inodeTable } = image.superblock;
  const cursor = new Cursor(image, inodeTable + Number(reference >> 16n), Number(reference & 0xffffn));
  const kind = cursor.u16();
  // The same kinds again, with more said of each.
  const isExtended = kind > types.length;
  const type = types[(isExtended ? kind - types.length : kind) - 1];
  if (type === undefined) throw new Error(`it has an inode of an unknown kind (${kind})`);
  const [mode, uid, gid] = [cursor.u16() & 0o7777, cursor.u16(), cursor.u16()];
  const [mtime, number] = [cursor.u32(), cursor.u32()];
  return { number, type, mode, uid, gid, mtime, ...partsOf(type, isExtended, cursor, image.superblock.blockSize) };
}

type Parts = Pick<Inode, 'xattrs' | 'target' | 'content' | 'listing'>;

function partsOf(type: FileType, isExtended: boolean, cursor: Cursor, blockSize: number): Parts {
  if (type === 'directory') return isExtended ? extendedFolder(cursor) : folder(cursor);
  if (type === 'file') return isExtended ? extendedFile(cursor, blockSize) : file(cursor, blockSize);
  // How many names it has.
  cursor.u32();
  if (type === 'symlink') {
    const size = cursor.u32();
    if (size > longestTarget) throw new Error(`it has a link of ${size} bytes`);
    const target = cursor.bytes(size).toString('latin1') as FilePath;
    return { target, ...(isExtended && xattrsOf(cursor)) };
  }
  // The number of the device.
  if (type === 'block' || type === 'character') cursor.u32();
  return isExtended ? xattrsOf(cursor) : {};
}

function folder(cursor: Cursor): Parts {
  const block = cursor.u32();
  cursor.u32();
  const [size, offset] = [cursor.u16(), cursor.u16()];
  return { listing: { block, offset, size } };
}

function extendedFolder(cursor: Cursor): Parts {
  cursor.u32();
  const [size, block] = [cursor.u32(), cursor.u32()];
  cursor.bytes(6);
  const offset = cursor.u16();
  return { listing: { block, offset, size }, ...xattrsOf(cursor) };
}

function file(cursor: Cursor, blockSize: number): Parts {
  const start = cursor.u32();
  const fragment = { number: cursor.u32(), offset: cursor.u32() };
  const size = cursor.u32();
  return { content: contentOf(cursor, { start, fragment, size, blockSize }) };
}

function extendedFile(cursor: Cursor, blockSize: number): Parts {
  const [start, size] = [cursor.u64(), cursor.u64()];
  cursor.bytes(12);
  const fragment = { number: cursor.u32(), offset: cursor.u32() };
  const xattrs = xattrsOf(cursor);
  return { ...xattrs, content: contentOf(cursor, { start, fragment, size, blockSize }) };
}

interface Sized {
  readonly start: number;
  readonly size: number;
  readonly fragment: { readonly number: number; readonly offset: number };
  readonly blockSize: number;
}

function contentOf(cursor: Cursor, { start, size, fragment, blockSize }: Sized): Content {
  const hasFragment = fragment.number !== noFragment;
  const count = hasFragment ? Math.floor(size / blockSize) : Math.ceil(size / blockSize);
  // Each stands for itself in the table: an archive that says otherwise ends before they do.
  const sizes = cursor.bytes(count * 4);
  const blocks = Array.from({ length: count }, (_, at) => sizes.readUInt32LE(at * 4));
  return { start, size, blocks, ...(hasFragment && { fragment }) };
}

function xattrsOf(cursor: Cursor): Pick<Inode, 'xattrs'> {
  const xattrs = cursor.u32();
  return xattrs === noXattrs ? {} : { xattrs };
}
