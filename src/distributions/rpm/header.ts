/** Tags that are read here, by their names in rpmtag.h. */
export const tag = {
  immutable: 63,
  i18nTable: 100,
  sigSize: 257,
  sigMd5: 261,
  rsaHeader: 268,
  sha1Header: 269,
  sha256Header: 273,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  description: 1005,
  buildTime: 1006,
  installTime: 1008,
  size: 1009,
  vendor: 1011,
  arch: 1022,
  oldFileNames: 1027,
  fileSizes: 1028,
  fileStates: 1029,
  fileModes: 1030,
  fileMtimes: 1034,
  fileDigests: 1035,
  fileLinkTos: 1036,
  fileFlags: 1037,
  fileUserName: 1039,
  fileGroupName: 1040,
  sourceRpm: 1044,
  fileVerifyFlags: 1045,
  provideName: 1047,
  requireFlags: 1048,
  requireName: 1049,
  requireVersion: 1050,
  fileDevices: 1095,
  fileInodes: 1096,
  provideFlags: 1112,
  provideVersion: 1113,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  payloadCompressor: 1125,
  installTid: 1128,
  fileNlinks: 5045,
  longFileSizes: 5008,
  longSize: 5009,
  fileDigestAlgorithm: 5011,
  payloadDigest: 5092,
  payloadDigestAlgorithm: 5093,
  modularityLabel: 5096,
  payloadDigestAlt: 5097,
} as const;

type Tag = (typeof tag)[keyof typeof tag];

interface Entry {
  readonly type: number;
  /** Where its data starts in the blob. */
  readonly at: number;
  readonly count: number;
}

/** header_internal.h: what the format itself allows; more is no header. */
const mostEntries = 0xffff;
const mostData = 256 * 1024 * 1024;
const entrySize = 16;

/** What is no header, or one that is cut off. */
export class BadHeader extends Error {
  override readonly name = 'BadHeader';
}

/**
 * A header as rpm's database has it: numbers of entries and bytes, the entries (tag, type, offset, count), the data,
 * all big endian. https://rpm-software-management.github.io/rpm/manual/format_header.html
 */
export class RpmHeader {
  readonly #blob: Buffer;
  readonly #entries = new Map<number, Entry>();
  readonly #data: number;

  constructor(blob: Buffer) {
    this.#blob = blob;
    const entries = blob.length < 8 ? 0 : blob.readUInt32BE(0);
    const bytes = blob.length < 8 ? 0 : blob.readUInt32BE(4);
    this.#data = 8 + entries * entrySize;
    if (entries === 0 || entries > mostEntries || bytes > mostData || blob.length < this.#data + bytes) {
      throw new BadHeader('it is no header, or is cut off');
    }
    for (let at = 8; at < this.#data; at += entrySize) {
      const offset = blob.readInt32BE(at + 8);
      const type = blob.readUInt32BE(at + 4);
      const count = blob.readUInt32BE(at + 12);
      // Every text has at least its end.
      if (offset < 0 || offset + count * (widths[type] ?? 1) > bytes)
        throw new BadHeader('an entry of it lies outside');
      // What rpm adds at installation comes after the package's own, and has the last word.
      this.#entries.set(blob.readUInt32BE(at), { type, at: this.#data + offset, count });
    }
  }

  has(which: Tag): boolean {
    return this.#entries.has(which);
  }

  /** The first text of an entry, UTF-8. */
  text(which: Tag): string | undefined {
    const [first] = this.strings(which);
    return first === undefined ? undefined : Buffer.from(first, 'latin1').toString('utf8');
  }

  /**
   * All texts of an entry as latin1 views: names are bytes. Types 6, 8 and 9 are texts that end with a zero; one that
   * does not, at the end of a damaged header, is left out.
   */
  strings(which: Tag): string[] {
    const entry = this.#entries.get(which);
    if (!entry || (entry.type !== 6 && entry.type !== 8 && entry.type !== 9)) return [];
    const texts: string[] = [];
    for (let at = entry.at; texts.length < entry.count; ) {
      const end = this.#blob.indexOf(0, at);
      if (end < 0) return texts;
      texts.push(this.#blob.toString('latin1', at, end));
      at = end + 1;
    }
    return texts;
  }

  /** All numbers of an entry: types 1 and 2 have one byte, 3 two, 4 four, 5 eight. */
  numbers(which: Tag): number[] {
    const entry = this.#entries.get(which);
    const width = entry && widths[entry.type];
    if (!entry || width === undefined) return [];
    return Array.from({ length: entry.count }, (_, index) => this.#number(entry.at + index * width, width));
  }

  number(which: Tag): number | undefined {
    return this.numbers(which)[0];
  }

  /** The bytes of an entry of type 7. */
  bytes(which: Tag): Buffer | undefined {
    const entry = this.#entries.get(which);
    return entry?.type === 7 ? this.#blob.subarray(entry.at, entry.at + entry.count) : undefined;
  }

  /** Where the data of an entry lies in the blob. */
  placeOf(which: Tag): number | undefined {
    return this.#entries.get(which)?.at;
  }

  /**
   * The header as the package has it, byte for byte, without what was added at installation: the region's trailer says
   * how many entries it spans, itself included. Undefined of packages of a time before there were regions.
   */
  immutable(): Buffer | undefined {
    const trailer = this.bytes(tag.immutable);
    const place = this.placeOf(tag.immutable);
    if (trailer?.length !== entrySize || place === undefined) return undefined;
    const entries = -trailer.readInt32BE(8) / entrySize;
    if (!Number.isSafeInteger(entries) || entries < 1 || 8 + entries * entrySize > this.#data) return undefined;
    const end = place + entrySize;
    const counts = Buffer.alloc(8);
    counts.writeUInt32BE(entries, 0);
    counts.writeUInt32BE(end - this.#data, 4);
    return Buffer.concat([
      counts,
      this.#blob.subarray(8, 8 + entries * entrySize),
      this.#blob.subarray(this.#data, end),
    ]);
  }

  #number(at: number, width: number): number {
    const blob = this.#blob;
    if (width === 1) return blob.readUInt8(at);
    if (width === 2) return blob.readUInt16BE(at);
    return width === 4 ? blob.readUInt32BE(at) : Number(blob.readBigUInt64BE(at));
  }
}

const widths: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };
