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
export async function carryFile(
  machine: Machine,
  contents: Contents,
  entry: FileEntry,
  whole?: Buffer,
): Promise<FileEntry> {
  try {
    const { hash, size } = await contents.add(whole ?? machine.files.stream(entry.path));
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
  if (size > limit)
    return { root, entries: [], size, leftOut: [], refused: `${size} bytes, over the limit of ${limit}` };
  const entries: FileEntry[] = [];
  const leftOut: CarriedTree['leftOut'][number][] = [];
  await forEachConcurrently(found, parallel, async (entry) => {
    context.signal?.throwIfAborted();
    if (entry.type !== 'file') return void entries.push(entry);
    const head = await readMember(machine, entry);
    const rule = context.isNamed(entry.path) ? undefined : privateRule(never, entry, head);
    if (rule) return void leftOut.push({ path: entry.path, ...rule });
    const isWhole = head !== undefined && head.length === entry.size;
    const carried = await carryFile(machine, contents, entry, isWhole ? head : undefined);
    if (carried.unreadable)
      leftOut.push({ path: entry.path, rule: 'unreadable', why: `not readable (${carried.unreadable})` });
    else entries.push(carried);
    context.advance(carried.size);
  });
  const byPath = (a: { path: FilePath }, b: { path: FilePath }) => comparePaths(a.path, b.path);
  return { root, entries: entries.sort(byPath), size, leftOut: leftOut.sort(byPath) };
}

async function members(
  root: FilePath,
  {
    machine,
    isNew,
    signal,
  }: { machine: Machine; isNew: (path: FilePath) => boolean; signal?: AbortSignal | undefined },
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

/** A small member whole, so that it is read once; the beginning of a large one. */
async function readMember(machine: Machine, entry: FileEntry): Promise<Buffer | undefined> {
  if (entry.size > inspectedBytes) return readHead(machine.files, entry);
  try {
    return await machine.files.read(entry.path);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Compiled code and the like are not searched for what only text can hold. */
function privateRule(never: NeverCarry, { path }: FileEntry, head: Buffer | undefined) {
  const listed = never.byPath(path);
  const isBinary = /\.(?:so[.0-9]*|pyc|a|o|png|gz|zip|exe|mo)$/.test(baseName(path));
  return listed ?? (head === undefined || isBinary ? undefined : never.byContent(path, head, true));
}
