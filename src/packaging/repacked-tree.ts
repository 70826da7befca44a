import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Contents } from '../archives/contents.js';
import { codeOf } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import type { Sha256 } from '../hash.js';
import type { FileContent, Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { FinishOptions } from './reader.js';

/** An installed entry with the name that it is to have in the archive. */
export interface PackedEntry {
  readonly name: FilePath | string;
  readonly entry: FileEntry;
}

/** The archive among the contents; or why there is none, as a whole sentence. */
export type PackedTree =
  | { readonly hash: Sha256; readonly size: number; readonly leftOut?: readonly FilePath[] }
  | { readonly problem: string };

export interface PackContext {
  readonly machine: Machine;
  readonly contents: Contents;
  /** Whether a file that begins so may be packed. Default: all may. */
  readonly mayPack?: (path: FilePath, head: Buffer) => boolean | Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** How to pack what nobody asked for: nothing that may never be carried. */
export function packing(options: FinishOptions): PackContext {
  const { machine, contents, mayCarry, signal } = options;
  return { machine, contents, ...(mayCarry ? { mayPack: mayCarry } : {}), ...(signal ? { signal } : {}) };
}

/** What a copy lacks, as whole sentences. */
export function packingProblems(copy: PackedTree | undefined): string[] {
  if (copy === undefined) return [];
  if ('problem' in copy) return [copy.problem];
  const { leftOut = [] } = copy;
  if (leftOut.length === 0) return [];
  const some = leftOut.slice(0, 3).map(showPath).join(', ');
  const more = leftOut.length > 3 ? ` and ${leftOut.length - 3} more` : '';
  return [`Its copy is without what may be a secret: ${some}${more}.`];
}

/** Files that are in no copy, because they may not be carried: no environment that is rebuilt will have them. */
export function leftOutOf(copies: Iterable<PackedTree>): ReadonlySet<FilePath> {
  return new Set([...copies].flatMap((copy) => ('hash' in copy ? (copy.leftOut ?? []) : [])));
}

const gzipLevel = 4;

/**
 * Archives (.tar.gz) of what is installed, byte for byte the same for the same entries: all files of all archives are
 * read in one pass. Sockets and devices are left out.
 */
export async function packTrees<K>(
  trees: ReadonlyMap<K, readonly PackedEntry[]>,
  { machine, contents, mayPack = () => true, signal }: PackContext,
): Promise<Map<K, PackedTree>> {
  const packed = new Map<K, PackedTree>();
  const files = [...trees.values()].flat().filter(({ entry }) => entry.type === 'file');
  await using source = new FilesInOrder(
    machine,
    files.map(({ entry }) => entry.path),
    signal,
  );
  for (const [key, members] of trees) {
    signal?.throwIfAborted();
    const leftOut: FilePath[] = [];
    const isPacked = async (path: FilePath, head: Buffer): Promise<boolean> =>
      (await mayPack(path, head)) || leftOut.push(path) === 0;
    try {
      const tar = Readable.from(tarOf(members, source, isPacked), { objectMode: false });
      // What goes wrong with one ends the other, and is thrown to who reads.
      const copy = await contents.add(pipeline(tar, createGzip({ level: gzipLevel }), () => undefined));
      packed.set(key, leftOut.length === 0 ? copy : { ...copy, leftOut });
    } catch (error) {
      if (!(error instanceof NotAsListed)) throw error;
      packed.set(key, { problem: error.message });
      source.leave(members.map(({ entry }) => entry.path));
    }
  }
  return packed;
}

async function* tarOf(
  members: readonly PackedEntry[],
  source: FilesInOrder,
  isPacked: (path: FilePath, head: Buffer) => Promise<boolean>,
): AsyncGenerator<Buffer> {
  for (const { name, entry } of members) {
    const { type, size, target } = entry;
    if (type === 'socket' || type === 'block' || type === 'character') continue;
    const header = tarHeader({ ...entry, name, type, size, ...(target === undefined ? {} : { target }) });
    if (type === 'file') yield* fileOf(header, entry, await source.next(entry.path), isPacked);
    else yield header;
  }
  yield tarEnd();
}

/** Nothing of a file whose beginning says that it may not be packed. */
async function* fileOf(
  header: Buffer,
  entry: FileEntry,
  content: AsyncIterable<Buffer>,
  isPacked: (path: FilePath, head: Buffer) => Promise<boolean>,
): AsyncGenerator<Buffer> {
  let isBegun = entry.size === 0;
  if (isBegun) yield header;
  for await (const chunk of contentOf(entry, content)) {
    if (!isBegun) {
      if (!(await isPacked(entry.path, chunk))) return;
      yield header;
      isBegun = true;
    }
    yield chunk;
  }
  yield tarPadding(entry.size);
}

async function* contentOf({ path, size }: FileEntry, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let seen = 0;
  try {
    for await (const chunk of content) {
      seen += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || code === 'ABORT_ERR') throw error;
    throw new NotAsListed(`${showPath(path)} cannot be read (${code}), so that there is no copy of its package.`);
  }
  if (seen !== size) throw new NotAsListed(`${showPath(path)} changed while it was read; trace again.`);
}

/** A file cannot be read, or not as it was listed. */
class NotAsListed extends Error {}

/** The contents of many files, asked for one after the other in the order in which they were announced. */
class FilesInOrder implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #given: AsyncIterator<FileContent>;
  readonly #left = new Set<FilePath>();
  #ahead: FileContent | undefined;

  constructor(machine: Machine, paths: readonly FilePath[], signal: AbortSignal | undefined) {
    this.#machine = machine;
    this.#given = machine.files.contents(paths, signal ? { signal } : {})[Symbol.asyncIterator]();
  }

  async next(path: FilePath): Promise<AsyncIterable<Buffer>> {
    while (this.#ahead === undefined || this.#left.has(this.#ahead.path)) {
      const { done, value } = await this.#given.next();
      if (done) break;
      this.#ahead = value;
    }
    const found = this.#ahead;
    // What is not given in its turn cannot be read, or only later: asked for by itself, it says why.
    if (found?.path !== path) return this.#machine.files.stream(path);
    this.#ahead = undefined;
    return found.content;
  }

  /** They will not be asked for. */
  leave(paths: readonly FilePath[]): void {
    for (const path of paths) this.#left.add(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#given.return?.();
  }
}
