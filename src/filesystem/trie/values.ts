import type { Sha256 } from '../../hash.js';
import type { FileType } from '../../model/file-entry.js';
import { type FilePath, rootPath } from '../../model/file-path.js';
import { withRoom } from './columns.js';
import { Texts } from './texts.js';
import {
  bitsOf,
  emptyColumns,
  fileTypes,
  hashLength,
  hasStatus,
  isSameHash,
  isSameStatus,
  known,
  type PartialEntry,
  setStatus,
  statusBits,
  type TextField,
  textBits,
  textFields,
  type ValueColumns,
} from './value-columns.js';

export type { PartialEntry } from './value-columns.js';

/** What is known of the entries of a trie. */
export class Values {
  private readonly scratch = Buffer.alloc(hashLength);

  constructor(
    private rows = 0,
    private readonly columns: ValueColumns = emptyColumns(),
    private readonly texts = new Texts(),
  ) {}

  /** How many rows there are. */
  get length(): number {
    return this.rows;
  }

  add(entry: PartialEntry): number {
    const row = this.rows++;
    const { columns } = this;
    const bits = bitsOf(entry);
    if (row >= columns.knows.length) columns.knows = withRoom(columns.knows, row + 1);
    columns.knows[row] = bits;
    if (entry.size !== undefined) {
      if (row >= columns.sizes.length) columns.sizes = withRoom(columns.sizes, row + 1);
      columns.sizes[row] = entry.size;
    }
    if ((bits & statusBits) !== 0) setStatus(columns, row, entry);
    if (entry.hash !== undefined) this.setHash(row, entry.hash);
    if ((bits & textBits) !== 0) this.setTexts(row, entry);
    return row;
  }

  /** The same of an entry of which no more than the size is known; below 0: not that either. */
  addSize(size: number): number {
    const row = this.rows++;
    const { columns } = this;
    if (row >= columns.knows.length) columns.knows = withRoom(columns.knows, row + 1);
    columns.knows[row] = size < 0 ? 0 : known.size;
    if (size < 0) return row;
    if (row >= columns.sizes.length) columns.sizes = withRoom(columns.sizes, row + 1);
    columns.sizes[row] = size;
    return row;
  }

  /** Whether a row says just what such an entry does. */
  isSameSize(row: number, size: number): boolean {
    const { knows, sizes } = this.columns;
    return size < 0 ? knows[row] === 0 : knows[row] === known.size && sizes[row] === size;
  }

  /** Room for so many rows in the columns that every list has. */
  reserve(rows: number): void {
    const { columns } = this;
    columns.knows = withRoom(columns.knows, rows);
    columns.sizes = withRoom(columns.sizes, rows);
  }

  /** Whether a row says just what the entry does. */
  isSame(row: number, entry: PartialEntry): boolean {
    const { columns } = this;
    const bits = bitsOf(entry);
    return (
      columns.knows[row] === bits &&
      (entry.size === undefined || columns.sizes[row] === entry.size) &&
      ((bits & statusBits) === 0 || hasStatus(columns, row, entry)) &&
      (entry.hash === undefined || this.isHash(row, entry.hash)) &&
      ((bits & textBits) === 0 || textFields.every((field) => this.textOf(row, field) === entry[field]))
    );
  }

  /** A row of another trie's values, which gets one here. */
  addFrom(from: Values, other: number): number {
    return this.add(from.entry(other, rootPath));
  }

  /** Whether a row says just what one of another trie's values does. */
  isSameAs(row: number, from: Values, other: number): boolean {
    const [a, b] = [this.columns, from.columns];
    if (a.knows[row] !== b.knows[other]) return false;
    const bits = this.known(row);
    if (
      ((bits & known.size) !== 0 && a.sizes[row] !== b.sizes[other]) ||
      ((bits & statusBits) !== 0 && !isSameStatus(a, row, b, other))
    ) {
      return false;
    }
    if ((bits & known.hash) !== 0 && !isSameHash(a.hashes, row, b.hashes, other)) return false;
    return (
      (bits & textBits) === 0 || textFields.every((field) => this.textOf(row, field) === from.textOf(other, field))
    );
  }

  /** Which bits of `known` a row has. */
  known(row: number): number {
    return this.columns.knows[row] ?? 0;
  }

  type(row: number): FileType | undefined {
    return this.isKnown(row, known.type) ? fileTypes[this.columns.types[row] ?? 0] : undefined;
  }

  mode(row: number): number | undefined {
    return this.isKnown(row, known.mode) ? this.columns.modes[row] : undefined;
  }

  uid(row: number): number | undefined {
    return this.isKnown(row, known.uid) ? this.columns.uids[row] : undefined;
  }

  gid(row: number): number | undefined {
    return this.isKnown(row, known.gid) ? this.columns.gids[row] : undefined;
  }

  size(row: number): number | undefined {
    return this.isKnown(row, known.size) ? this.columns.sizes[row] : undefined;
  }

  mtime(row: number): number | undefined {
    return this.isKnown(row, known.mtime) ? this.columns.mtimes[row] : undefined;
  }

  hash(row: number): Sha256 | undefined {
    return this.hashBytes(row)?.toString('hex');
  }

  hasHash(row: number): boolean {
    return this.isKnown(row, known.hash);
  }

  /** Whether two rows are known to have the same content. */
  isSameHash(one: number, other: number): boolean {
    const { hashes } = this.columns;
    return this.hasHash(one) && this.hasHash(other) && isSameHash(hashes, one, hashes, other);
  }

  /** A view of it, which is right until the next row is added. */
  hashBytes(row: number): Buffer | undefined {
    if (!this.isKnown(row, known.hash)) return undefined;
    const { buffer, byteOffset } = this.columns.hashes;
    return Buffer.from(buffer, byteOffset + row * hashLength, hashLength);
  }

  target(row: number): FilePath | undefined {
    return this.textOf(row, 'target') as FilePath | undefined;
  }

  unreadable(row: number): string | undefined {
    return this.textOf(row, 'unreadable');
  }

  package(row: number): string | undefined {
    return this.textOf(row, 'package');
  }

  attributes(row: number): string | undefined {
    return this.textOf(row, 'attributes');
  }

  sameAs(row: number): FilePath | undefined {
    return this.textOf(row, 'sameAs') as FilePath | undefined;
  }

  entry(row: number, path: FilePath): PartialEntry {
    const { columns } = this;
    const has = (bit: number) => this.isKnown(row, bit);
    const text = (field: TextField) => this.textOf(row, field) as FilePath;
    return {
      path,
      ...(has(known.type) && { type: fileTypes[columns.types[row] ?? 0] as FileType }),
      ...(has(known.mode) && { mode: columns.modes[row] as number }),
      ...(has(known.uid) && { uid: columns.uids[row] as number }),
      ...(has(known.gid) && { gid: columns.gids[row] as number }),
      ...(has(known.size) && { size: columns.sizes[row] as number }),
      ...(has(known.mtime) && { mtime: columns.mtimes[row] as number }),
      ...(has(known.target) && { target: text('target') }),
      ...(has(known.hash) && { hash: this.hash(row) as Sha256 }),
      ...(has(known.unreadable) && { unreadable: text('unreadable') }),
      ...(has(known.package) && { package: text('package') }),
      ...(has(known.attributes) && { attributes: text('attributes') }),
      ...(has(known.sameAs) && { sameAs: text('sameAs') }),
    };
  }

  /** All that is known, with the texts that the columns name by their numbers. */
  view(): { readonly columns: Readonly<ValueColumns>; readonly texts: Texts } {
    return { columns: this.columns, texts: this.texts };
  }

  private isKnown(row: number, bit: number): boolean {
    return (this.known(row) & bit) !== 0;
  }

  private textOf(row: number, field: TextField): string | undefined {
    return this.isKnown(row, known[field]) ? this.texts.text(this.columns[field][row] ?? 0) : undefined;
  }

  private setHash(row: number, hash: Sha256): void {
    const { columns } = this;
    columns.hashes = withRoom(columns.hashes, (row + 1) * hashLength);
    const { buffer, byteOffset, length } = columns.hashes;
    Buffer.from(buffer, byteOffset, length).write(hash, row * hashLength, hashLength, 'hex');
  }

  private isHash(row: number, hash: Sha256): boolean {
    this.scratch.write(hash, 'hex');
    return isSameHash(this.columns.hashes, row, this.scratch, 0);
  }

  private setTexts(row: number, entry: PartialEntry): void {
    const { columns } = this;
    for (const field of textFields) {
      const text = entry[field];
      if (text === undefined) continue;
      columns[field] = withRoom(columns[field], row + 1);
      columns[field][row] = this.texts.add(text);
    }
  }
}
