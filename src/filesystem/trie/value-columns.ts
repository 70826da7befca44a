import type { FileEntry, FileType } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { withRoom } from './columns.js';

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

export const fileTypes = ['file', 'directory', 'symlink', 'fifo', 'socket', 'block', 'character'] as const;
const typeNumbers = new Map<FileType, number>(fileTypes.map((type, number) => [type, number]));

/** Bits of what is known of an entry. */
export const known = {
  ...{ type: 1, mode: 2, uid: 4, gid: 8, size: 16, mtime: 32, target: 64, hash: 128 },
  ...{ unreadable: 256, package: 512, attributes: 1024, sameAs: 2048 },
} as const;
/** All that is known as text. */
export const textFields = ['target', 'unreadable', 'package', 'attributes', 'sameAs'] as const;
export type TextField = (typeof textFields)[number];
export const hashLength = 32;

/**
 * What is known of entries, in columns; a row says nothing of where its entry is. A column is as long as the last row
 * that needs it, so that lists of paths cost little; a column of texts has their numbers.
 */
export interface ValueColumns {
  knows: Uint16Array;
  types: Uint8Array;
  modes: Uint16Array;
  uids: Uint32Array;
  gids: Uint32Array;
  sizes: Float64Array;
  mtimes: Float64Array;
  hashes: Uint8Array;
  target: Int32Array;
  unreadable: Int32Array;
  package: Int32Array;
  attributes: Int32Array;
  sameAs: Int32Array;
}

export function emptyColumns(): ValueColumns {
  const numbers = () => new Int32Array();
  return {
    ...{ knows: new Uint16Array(), types: new Uint8Array(), modes: new Uint16Array() },
    ...{ uids: new Uint32Array(), gids: new Uint32Array(), sizes: new Float64Array(), mtimes: new Float64Array() },
    ...{ hashes: new Uint8Array(), target: numbers(), unreadable: numbers(), package: numbers() },
    ...{ attributes: numbers(), sameAs: numbers() },
  };
}

export const statusBits = known.type | known.mode | known.uid | known.gid | known.mtime;
export const textBits = known.target | known.unreadable | known.package | known.attributes | known.sameAs;

/** What is known of an entry. */
export function bitsOf(entry: PartialEntry): number {
  return (
    (entry.type === undefined ? 0 : known.type) |
    (entry.mode === undefined ? 0 : known.mode) |
    (entry.uid === undefined ? 0 : known.uid) |
    (entry.gid === undefined ? 0 : known.gid) |
    (entry.size === undefined ? 0 : known.size) |
    (entry.mtime === undefined ? 0 : known.mtime) |
    (entry.target === undefined ? 0 : known.target) |
    (entry.hash === undefined ? 0 : known.hash) |
    (entry.unreadable === undefined ? 0 : known.unreadable) |
    (entry.package === undefined ? 0 : known.package) |
    (entry.attributes === undefined ? 0 : known.attributes) |
    (entry.sameAs === undefined ? 0 : known.sameAs)
  );
}

export function isSameHash(a: Uint8Array, one: number, b: Uint8Array, other: number): boolean {
  for (let at = 0; at < hashLength; at++) if (a[one * hashLength + at] !== b[other * hashLength + at]) return false;
  return true;
}

/** Of two rows that know the same of them; what is not known is 0. */
export function isSameStatus(a: ValueColumns, one: number, b: ValueColumns, other: number): boolean {
  const isSame = a.types[one] === b.types[other] && a.modes[one] === b.modes[other];
  return isSame && a.mtimes[one] === b.mtimes[other] && a.uids[one] === b.uids[other] && a.gids[one] === b.gids[other];
}

/** What is not known of it is 0. */
export function setStatus(columns: ValueColumns, row: number, entry: PartialEntry): void {
  const { type = 'file', mode = 0, uid = 0, gid = 0, mtime = 0 } = entry;
  if (row >= columns.types.length) {
    columns.types = withRoom(columns.types, row + 1);
    columns.modes = withRoom(columns.modes, row + 1);
    columns.uids = withRoom(columns.uids, row + 1);
    columns.gids = withRoom(columns.gids, row + 1);
    columns.mtimes = withRoom(columns.mtimes, row + 1);
  }
  columns.types[row] = typeNumbers.get(type) ?? 0;
  columns.modes[row] = mode;
  columns.uids[row] = uid;
  columns.gids[row] = gid;
  columns.mtimes[row] = mtime;
}

/** Of a row that knows the same of it as the entry does. */
export function hasStatus(
  { types, modes, uids, gids, mtimes }: ValueColumns,
  row: number,
  entry: PartialEntry,
): boolean {
  const { type = 'file', mode = 0, uid = 0, gid = 0, mtime = 0 } = entry;
  const isSame = types[row] === typeNumbers.get(type) && modes[row] === mode && mtimes[row] === mtime;
  return isSame && uids[row] === uid && gids[row] === gid;
}
