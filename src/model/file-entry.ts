import type { Sha256 } from '../hash.js';
import type { FilePath } from './file-path.js';

export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'character';

/** One entry of a filesystem, as lstat sees it. */
export interface FileEntry {
  readonly path: FilePath;
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky: `mode & 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file; 0 of anything else. */
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** Of a symlink: its target as written. */
  readonly target?: FilePath;
  /** Of a file, when content was asked for and could be read. */
  readonly hash?: Sha256;
  /** Why `hash` is missing although it was asked for, e.g. `EACCES`. */
  readonly unreadable?: string;
}

/** What kind of thing an entry is, and where a link leads: all that most need to know, and much cheaper on a disk. */
export type FileKind = Pick<FileEntry, 'path' | 'type' | 'target'>;

/** Whether all of the entry is known. */
export function isWhole(kind: FileKind): kind is FileEntry {
  return 'mode' in kind;
}

/** Permission bits as the text that documents and reports have: `0644`. */
export function showMode(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
