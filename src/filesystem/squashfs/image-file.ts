import { readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';

/** SquashFS 4.0: https://dr-emann.github.io/squashfs/squashfs.html */
const superblockSize = 96;
const magic = 0x73717368;
/** What one block of metadata holds, unpacked. */
export const metadataSize = 8192;
/** A table that is not there. */
export const nowhere = 0xffff_ffff_ffff_ffffn;

/** What the superblock says. Offsets are from the filesystem's beginning. */
export interface Superblock {
  readonly inodes: number;
  readonly blockSize: number;
  readonly fragments: number;
  readonly ids: number;
  readonly root: bigint;
  readonly size: number;
  readonly idTable: number;
  readonly xattrTable: number | undefined;
  readonly inodeTable: number;
  readonly directoryTable: number;
  readonly fragmentTable: number | undefined;
}

type Unpack = (packed: Buffer, most: number) => Buffer;

/** By the numbers of the format. Others are not used by what makes images of containers unless it is told to. */
const compressors: Readonly<Record<number, { readonly name: string; readonly unpack?: Unpack }>> = {
  1: { name: 'gzip', unpack: (packed, most) => inflateSync(packed, { maxOutputLength: most }) },
  2: { name: 'lzma' },
  3: { name: 'lzo' },
  4: { name: 'xz' },
  5: { name: 'lz4' },
  6: { name: 'zstd', unpack: (packed) => Buffer.from(unzstd(packed)) },
};

/** The bytes of a filesystem in a file, from some offset on. What they say of one another is checked where it is used. */
export class ImageFile {
  readonly superblock: Superblock;
  readonly #unpack: Unpack;
  readonly #metadata = new Map<number, { readonly content: Buffer; readonly next: number }>();

  constructor(
    private readonly file: number,
    private readonly start: number,
  ) {
    const bytes = this.#read(0, superblockSize);
    if (bytes.readUInt32LE(0) !== magic) throw new Error('it is no SquashFS');
    const version = `${bytes.readUInt16LE(28)}.${bytes.readUInt16LE(30)}`;
    if (version !== '4.0') throw new Error(`it is SquashFS of the version ${version}, and 4.0 is understood`);
    const { name = 'an unknown method', unpack } = compressors[bytes.readUInt16LE(20)] ?? {};
    if (!unpack) throw new Error(`it is compressed by ${name}, which cannot be read here`);
    this.#unpack = unpack;
    this.superblock = superblockOf(bytes);
  }

  /** One block of metadata, unpacked, and where the next begins. Those that were used last are kept. */
  metadata(offset: number): { readonly content: Buffer; readonly next: number } {
    const known = this.#metadata.get(offset);
    if (known) return known;
    const header = this.#read(offset, 2).readUInt16LE(0);
    const size = header & 0x7fff;
    const stored = this.#read(offset + 2, size);
    const content = (header & 0x8000) === 0 ? this.#unpacked(stored, metadataSize, offset) : stored;
    const block = { content, next: offset + 2 + size };
    if (this.#metadata.size >= mostKept) this.#metadata.clear();
    this.#metadata.set(offset, block);
    return block;
  }

  /** A block of contents, whose size has a flag for what is not compressed. */
  data(offset: number, sizeAndFlag: number): Buffer {
    const { blockSize } = this.superblock;
    const size = sizeAndFlag & 0xff_ffff;
    if (size > blockSize)
      throw new Error(`it has a block of ${size} bytes at ${offset}, and ${blockSize} are the most`);
    const stored = this.#read(offset, size);
    return (sizeAndFlag & 0x100_0000) === 0 ? this.#unpacked(stored, blockSize, offset) : stored;
  }

  #unpacked(stored: Buffer, most: number, offset: number): Buffer {
    try {
      const content = this.#unpack(stored, most);
      if (content.length <= most) return content;
    } catch {
      // Said below.
    }
    throw new Error(`it has a damaged block at ${offset}`);
  }

  #read(offset: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    const got = Number.isSafeInteger(offset) ? readSync(this.file, bytes, 0, size, this.start + offset) : 0;
    if (got < size) throw new Error(`it ends before the ${size} bytes that should be at ${offset}`);
    return bytes;
  }

  /** Numbers of eight bytes, one after the other. */
  pointers(offset: number, count: number): number[] {
    const bytes = this.#read(offset, count * 8);
    return Array.from({ length: count }, (_, at) => Number(bytes.readBigUInt64LE(at * 8)));
  }

  /** Bytes that are no block. */
  raw(offset: number, size: number): Buffer {
    return this.#read(offset, size);
  }
}

/** 32 MB. */
const mostKept = 4096;

function superblockOf(bytes: Buffer): Superblock {
  const offset = (at: number) => Number(bytes.readBigUInt64LE(at));
  const ifThere = (at: number) => (bytes.readBigUInt64LE(at) === nowhere ? undefined : offset(at));
  const blockSize = bytes.readUInt32LE(12);
  if (blockSize < 4096 || blockSize > 1 << 20) throw new Error(`it has blocks of ${blockSize} bytes`);
  return {
    ...{ inodes: bytes.readUInt32LE(4), blockSize, fragments: bytes.readUInt32LE(16), ids: bytes.readUInt16LE(26) },
    ...{ root: bytes.readBigUInt64LE(32), size: offset(40), idTable: offset(48), xattrTable: ifThere(56) },
    ...{ inodeTable: offset(64), directoryTable: offset(72), fragmentTable: ifThere(80) },
  };
}
