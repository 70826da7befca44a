import { forEachConcurrently } from '../../archives/concurrency.js';
import type { Contents } from '../../archives/contents.js';
import { codeOf } from '../../errors.js';
import type { FileView, Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { baseName, comparePaths, type FilePath } from '../../model/file-path.js';
import { inspectedBytes, type NeverCarry } from '../secrets/never-carry.js';
import { isCache } from './trees.js';

/** What a tree that is carried as one came to. */
export interface CarriedTree {
  readonly root: FilePath;
  /** Every member, the root first; files with their hashes. */
  readonly entries: readonly FileEntry[];
  readonly size: number;
  readonly leftOut: readonly { readonly path: FilePath; readonly rule: string; readonly why: string }[];
  /** Why it is not carried after all. */
  readonly refused?: string;
}

const parallel = 4;

/** The beginning of a file, or all of a small one; empty where it cannot be read. */
export async function readHead(files: FileView, entry: FileEntry): Promise<Buffer> {
  if (entry.type !== 'file' || entry.size === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let length = 0;
  const stream = files.stream(entry.path);
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= inspectedBytes) break;
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks).subarray(0, inspectedBytes);
}

/** Keeps a file's content; returns its entry with the hash, or why it could not be read. */
export async function carryFile(machine: Machine, contents: Contents, entry: FileEntry): Promise<FileEntry> {
  try {
    const { hash, size } = await contents.add(machine.files.stream(entry.path));
    return { ...entry, hash, size };
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOENT' && code !== 'EIO') throw error;
    return { ...entry, unreadable: code };
  }
}

/** Keeps every file of a tool's tree, caches and private files excepted. */
export async function carryTree(
  root: FilePath,
  context: {
    readonly machine: Machine;
    readonly contents: Contents;
    readonly never: NeverCarry;
    readonly limit: number;
    /** Made by the run itself: not of the tool. */
    readonly isNew: (path: FilePath) => boolean;
    /** Named by the user: carried whatever the rules say. */
    readonly isNamed: (path: FilePath) => boolean;
    readonly advance: (bytes: number) => void;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<CarriedTree> {
  const { machine, contents, never, limit } = context;
  const found = await members(root, context);
  const size = found.reduce((sum, entry) => sum + entry.size, 0);
  if (size > limit) return { root, entries: [], size, leftOut: [], refused: `${size} bytes, over the limit of ${limit}` };
  const entries: FileEntry[] = [];
  const leftOut: CarriedTree['leftOut'][number][] = [];
  await forEachConcurrently(found, parallel, async (entry) => {
    context.signal?.throwIfAborted();
    if (entry.type !== 'file') return void entries.push(entry);
    const isNamed = context.isNamed(entry.path);
    const rule = isNamed ? undefined : await privateRule(machine, never, entry);
    if (rule) return void leftOut.push({ path: entry.path, ...rule });
    const carried = await carryFile(machine, contents, entry);
    if (carried.unreadable) leftOut.push({ path: entry.path, rule: 'unreadable', why: `not readable (${carried.unreadable})` });
    else entries.push(carried);
    context.advance(carried.size);
  });
  const byPath = (a: { path: FilePath }, b: { path: FilePath }) => comparePaths(a.path, b.path);
  return { root, entries: entries.sort(byPath), size, leftOut: leftOut.sort(byPath) };
}

async function members(
  root: FilePath,
  { machine, isNew, signal }: { machine: Machine; isNew: (path: FilePath) => boolean; signal?: AbortSignal | undefined },
) {
  const found: FileEntry[] = [];
  const skipped: FilePath[] = [];
  for await (const entry of machine.files.walk(root, signal ? { signal } : {})) {
    if (skipped.some((folder) => entry.path.startsWith(`${folder}/`)) || isNew(entry.path)) continue;
    if (entry.type === 'directory' && entry.path !== root && isCache(entry.path)) skipped.push(entry.path);
    else if (['file', 'directory', 'symlink'].includes(entry.type)) found.push(entry);
  }
  return found;
}

/** The content is looked at only where the name says that it is text of some kind: a tree has thousands of files. */
async function privateRule(machine: Machine, never: NeverCarry, entry: FileEntry) {
  const listed = never.byPath(entry.path);
  if (listed || /\.(?:so[.0-9]*|pyc|a|o|png|html|gz|zip|exe|mo)$/.test(baseName(entry.path))) return listed;
  return never.byContent(entry.path, await readHead(machine.files, entry), true);
}
