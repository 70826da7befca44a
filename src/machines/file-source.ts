import type { Readable } from 'node:stream';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import type { ContentsOptions, FileContent } from './machine.js';

/** A regular file of a size. */
export interface SizedFile {
  readonly path: FilePath;
  readonly size: number;
}

/**
 * Where files are had that this process cannot open: programs over a shell, or an engine's export. All paths are
 * places: they lead through no links. What is gone or unreadable is left out of an answer.
 */
export interface FileSource {
  /** lstat of many places. */
  entries(places: readonly FilePath[], signal?: AbortSignal): AsyncIterable<FileEntry>;
  /** What the folders hold. */
  inside(folders: readonly FilePath[], signal?: AbortSignal): AsyncIterable<FileEntry>;
  /** Everything at and below places, in no order; below `exclude` nothing. */
  below(roots: readonly FilePath[], exclude: readonly FilePath[], signal?: AbortSignal): AsyncIterable<FileEntry>;
  hashes(files: readonly SizedFile[], signal?: AbortSignal): Promise<ReadonlyMap<FilePath, string>>;
  contents(files: readonly SizedFile[], options?: ContentsOptions): AsyncIterable<FileContent>;
  /** One file; `place` is asked for first. */
  stream(place: () => Promise<FilePath>): Readable;
}
