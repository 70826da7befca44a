import { type FilePath, joinPath, rootPath, showPath } from '../../model/file-path.js';
import { attributesText } from '../attributes-text.js';
import type { PartialEntry } from '../trie/values.js';
import { Cursor } from './cursor.js';
import { ImageFile } from './image-file.js';
import { type Content, type Inode, type Listing, readInode } from './inodes.js';
import { fragmentTable, idTable, xattrTable } from './tables.js';

/** One entry of a filesystem in a file, with where its content lies. */
export interface SquashEntry {
  readonly entry: PartialEntry & Required<Pick<PartialEntry, 'type' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime'>>;
  readonly content?: Content;
}

/** A SquashFS in an open file, from some offset on; nothing is unpacked but what is asked for. */
export class SquashFs {
  readonly #image: ImageFile;
  readonly #ids: (index: number) => number;
  readonly #attributes: (index: number) => Readonly<Record<string, string>>;
  readonly #fragments: (index: number) => Buffer;

  constructor(file: number, start = 0) {
    this.#image = new ImageFile(file, start);
    this.#ids = idTable(this.#image);
    this.#attributes = xattrTable(this.#image);
    this.#fragments = fragmentTable(this.#image);
  }

  /** Every entry: parents first, siblings in byte order. */
  *entries(): Generator<SquashEntry, void> {
    const names = new Map<number, FilePath>();
    const folders = new Set<bigint>();
    const waiting = [{ path: rootPath, reference: this.#image.superblock.root }];
    let left = mostNames;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { path, reference } = next;
      const inode = readInode(this.#image, reference);
      if (inode.listing) {
        if (folders.has(reference)) throw new Error(`the folder ${showPath(path)} is in itself, or in two others`);
        folders.add(reference);
        const children = this.#list(inode.listing, path);
        left -= children.length;
        if (left < 0) throw new Error(`it has more than ${mostNames} names`);
        for (const child of children.reverse()) waiting.push({ ...child, path: joinPath(path, child.name) });
      }
      yield this.#entry(path, inode, names);
    }
  }

  /** The content of a file, in pieces of a block at most. */
  *content({ size, start, blocks, fragment }: Content): Generator<Buffer, void> {
    const { blockSize } = this.#image.superblock;
    let [at, left] = [start, size];
    for (const block of blocks) {
      const length = Math.min(left, blockSize);
      const piece = block === 0 ? Buffer.alloc(length) : this.#image.data(at, block);
      if (piece.length !== length) throw new Error(`it has a block of ${piece.length} bytes in place of ${length}`);
      yield piece;
      at += block & 0xff_ffff;
      left -= length;
    }
    if (!fragment || left === 0) return;
    const rest = this.#fragments(fragment.number).subarray(fragment.offset, fragment.offset + left);
    if (rest.length !== left) throw new Error('it has a file whose end is missing');
    yield rest;
  }

  #entry(path: FilePath, inode: Inode, names: Map<number, FilePath>): SquashEntry {
    const { number, type, mode, uid, gid, mtime, xattrs, target, content } = inode;
    const first = names.get(number);
    if (type !== 'directory' && first === undefined) names.set(number, path);
    const attributes = attributesText(xattrs === undefined ? {} : this.#attributes(xattrs));
    const owners = { uid: this.#ids(uid), gid: this.#ids(gid) };
    const entry = {
      ...{ path, type, mode, ...owners, size: content?.size ?? 0, mtime, attributes },
      ...(target !== undefined && { target }),
      ...(first !== undefined && { sameAs: first }),
    };
    return { entry, ...(content && { content }) };
  }

  #list({ block, offset, size }: Listing, path: FilePath): { readonly name: FilePath; readonly reference: bigint }[] {
    const cursor = new Cursor(this.#image, this.#image.superblock.directoryTable + block, offset);
    const children: { name: FilePath; reference: bigint }[] = [];
    // An empty folder is of three bytes: what stands for `.` and `..`.
    for (let left = size - 3; left > 0; ) {
      const count = cursor.u32() + 1;
      if (count > 256) throw new Error(`the folder ${showPath(path)} has a part of ${count} names`);
      const start = BigInt(cursor.u32()) << 16n;
      cursor.u32();
      left -= 12;
      for (let at = 0; at < count; at++) {
        const place = cursor.u16();
        cursor.bytes(4);
        const length = cursor.u16() + 1;
        const name = cursor.bytes(length).toString('latin1') as FilePath;
        if (/[/\0]/.test(name) || name === '.' || name === '..') {
          throw new Error(`the folder ${showPath(path)} has an impossible name: ${showPath(name)}`);
        }
        children.push({ name, reference: start | BigInt(place) });
        left -= 8 + length;
      }
    }
    return children;
  }
}

/** More than any system has; what is known of each is held in memory. */
const mostNames = 10_000_000;
