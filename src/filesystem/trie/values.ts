import type { Sha256 } from '../../hash.js';
import type { FileEntry, FileType } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { withRoom } from './columns.js';
import { Labels } from './labels.js';

/** What is known of an entry: lists of files tell a path, or a path and a size, snapshots all of it. */
export type PartialEntry = Pick<FileEntry, 'path'> &
  Partial<FileEntry> & {
    /** The package that it is of, as text: `debian libc6:amd64 2.36`. */
    readonly package?: string;
    /** Its extended attributes: `name=HEX` lines in byte order; empty where it has none, absent where nobody looked. */
    readonly attributes?: string;
    /** Of the further names of a file with several: the first of them, in the order in which they are met. */
    readonly sameAs?: FilePath;
  };

const types = ['file', 'directory', 'symlink', 'fifo', 'socket', 'block', 'character'] as const;
const typeNumbers = new Map<FileType, number>(types.map((type, number) => [type, number]));

/** Bits of what is known of an entry. */
const known = { type: 1, mode: 2, uid: 4, gid: 8, size: 16, mtime: 32, target: 64, hash: 128 } as const;
const hashLength = 32;

/** What is known of entries, in columns; a row says nothing of where its entry is. */
export class Values {
  private rows = 0;
  private readonly texts = new Labels();
  private knows = new Uint8Array(64);
  private types = new Uint8Array(64);
  private modes = new Uint16Array(64);
  private uids = new Uint32Array(64);
  private gids = new Uint32Array(64);
  private sizes = new Float64Array(64);
  private mtimes = new Float64Array(64);
  private targets = new Int32Array(64);
  private hashes = new Uint8Array(64 * hashLength);
  /** What few entries have, by row. */
  private readonly unreadable = new Map<number, string>();
  private readonly packages = new Map<number, number>();

  /** How many rows there are. */
  get length(): number {
    return this.rows;
  }

  add(entry: PartialEntry): number {
    const row = this.rows++;
    if (row >= this.knows.length) this.grow();
    this.set(row, entry);
    return row;
  }

  /** Whether a row says just what the entry does. */
  isSame(row: number, entry: PartialEntry): boolean {
    return (
      this.knows[row] === bitsOf(entry) &&
      (entry.size === undefined || this.sizes[row] === entry.size) &&
      (entry.type === undefined || this.types[row] === typeNumbers.get(entry.type)) &&
      (entry.mode === undefined || this.modes[row] === entry.mode) &&
      (entry.mtime === undefined || this.mtimes[row] === entry.mtime) &&
      (entry.uid === undefined || this.uids[row] === entry.uid) &&
      (entry.gid === undefined || this.gids[row] === entry.gid) &&
      (entry.hash === undefined || this.hash(row) === entry.hash) &&
      (entry.target === undefined || this.target(row) === entry.target) &&
      this.unreadable.get(row) === entry.unreadable &&
      this.package(row) === entry.package
    );
  }

  type(row: number): FileType | undefined {
    return this.isKnown(row, known.type) ? types[this.types[row] ?? 0] : undefined;
  }

  mode(row: number): number | undefined {
    return this.isKnown(row, known.mode) ? this.modes[row] : undefined;
  }

  size(row: number): number | undefined {
    return this.isKnown(row, known.size) ? this.sizes[row] : undefined;
  }

  hash(row: number): Sha256 | undefined {
    if (!this.isKnown(row, known.hash)) return undefined;
    return Buffer.from(this.hashes.buffer, row * hashLength, hashLength).toString('hex');
  }

  target(row: number): FilePath | undefined {
    return this.isKnown(row, known.target) ? (this.texts.text(this.targets[row] ?? 0) as FilePath) : undefined;
  }

  package(row: number): string | undefined {
    const label = this.packages.get(row);
    return label === undefined ? undefined : this.texts.text(label);
  }

  entry(row: number, path: FilePath): PartialEntry {
    const has = (bit: number) => this.isKnown(row, bit);
    const target = this.target(row);
    const hash = this.hash(row);
    const unreadable = this.unreadable.get(row);
    const owner = this.package(row);
    return {
      path,
      ...(has(known.type) && { type: types[this.types[row] ?? 0] as FileType }),
      ...(has(known.mode) && { mode: this.modes[row] as number }),
      ...(has(known.uid) && { uid: this.uids[row] as number }),
      ...(has(known.gid) && { gid: this.gids[row] as number }),
      ...(has(known.size) && { size: this.sizes[row] as number }),
      ...(has(known.mtime) && { mtime: this.mtimes[row] as number }),
      ...(target !== undefined && { target }),
      ...(hash !== undefined && { hash }),
      ...(unreadable !== undefined && { unreadable }),
      ...(owner !== undefined && { package: owner }),
    };
  }

  private isKnown(row: number, bit: number): boolean {
    return ((this.knows[row] ?? 0) & bit) !== 0;
  }

  private set(row: number, entry: PartialEntry): void {
    this.knows[row] = bitsOf(entry);
    this.types[row] = typeNumbers.get(entry.type ?? 'file') ?? 0;
    this.modes[row] = entry.mode ?? 0;
    this.uids[row] = entry.uid ?? 0;
    this.gids[row] = entry.gid ?? 0;
    this.sizes[row] = entry.size ?? 0;
    this.mtimes[row] = entry.mtime ?? 0;
    if (entry.target !== undefined) this.targets[row] = this.texts.add(entry.target);
    if (entry.hash !== undefined) this.hashes.set(Buffer.from(entry.hash, 'hex'), row * hashLength);
    if (entry.unreadable !== undefined) this.unreadable.set(row, entry.unreadable);
    if (entry.package !== undefined) this.packages.set(row, this.texts.add(entry.package));
  }

  private grow(): void {
    const length = this.knows.length * 2;
    this.knows = withRoom(this.knows, length);
    this.types = withRoom(this.types, length);
    this.modes = withRoom(this.modes, length);
    this.uids = withRoom(this.uids, length);
    this.gids = withRoom(this.gids, length);
    this.sizes = withRoom(this.sizes, length);
    this.mtimes = withRoom(this.mtimes, length);
    this.targets = withRoom(this.targets, length);
    this.hashes = withRoom(this.hashes, length * hashLength);
  }
}

function bitsOf(entry: PartialEntry): number {
  return (
    (entry.type === undefined ? 0 : known.type) |
    (entry.mode === undefined ? 0 : known.mode) |
    (entry.uid === undefined ? 0 : known.uid) |
    (entry.gid === undefined ? 0 : known.gid) |
    (entry.size === undefined ? 0 : known.size) |
    (entry.mtime === undefined ? 0 : known.mtime) |
    (entry.target === undefined ? 0 : known.target) |
    (entry.hash === undefined ? 0 : known.hash)
  );
}
