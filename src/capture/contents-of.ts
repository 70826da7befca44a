import type { Contents } from '../archives/contents.js';
import { codeOf } from '../errors.js';
import type { FileView, Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import { inspectedBytes, type NeverCarry } from '../spec/secrets/never-carry.js';
import { isNamed, privateRule } from '../spec/secrets/private-rule.js';
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
  content: AsyncIterable<Buffer> = machine.files.stream(entry.path),
): Promise<FileEntry> {
  try {
    const { hash, size } = await contents.add(content);
    return { ...entry, hash, size };
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOENT' && code !== 'EIO') throw error;
    return { ...entry, unreadable: code };
  }
}

/** Keeps the contents of many regular files; gives their entries with the hashes, or as unreadable. */
export async function* carryFiles(
  machine: Machine,
  contents: Contents,
  entries: readonly FileEntry[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const rest = new Map(entries.map((entry) => [entry.path, entry]));
  for await (const { path, content } of machine.files.contents([...rest.keys()], signal ? { signal } : {})) {
    const entry = rest.get(path);
    if (!entry) continue;
    rest.delete(path);
    yield await carryFile(machine, contents, entry, content);
  }
  // What was not given is gone, or may not be read.
  for await (const [path, now] of machine.files.entries([...rest.keys()], signal ? { signal } : {})) {
    const entry = rest.get(path);
    if (entry) yield { ...entry, unreadable: now ? 'EACCES' : 'ENOENT' };
  }
}

/** The beginnings of many regular files; of those that cannot be read none. */
export async function readBeginnings(
  machine: Machine,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<Map<FilePath, Buffer>> {
  const heads = new Map<FilePath, Buffer>();
  const options = { length: inspectedBytes, ...(signal ? { signal } : {}) };
  for await (const { path, content } of machine.files.contents(paths, options)) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    heads.set(path, Buffer.concat(pieces));
  }
  return heads;
}

interface CarryContext {
  readonly machine: Machine;
  readonly contents: Contents;
  readonly never: NeverCarry;
  readonly limit: number;
  /** Made by the run itself: not of the tool. */
  readonly isNew: (path: FilePath) => boolean;
  /** In a folder that packages fill: not of the tool either, unless named. */
  readonly ofPackages: (path: FilePath) => boolean;
  /** Files and folders that the user named: carried whatever the rules say. */
  readonly named: readonly FilePath[];
  readonly advance: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Keeps every file of a tool's tree, caches and private files excepted. */
export async function carryTree(root: FilePath, context: CarryContext): Promise<CarriedTree> {
  const { machine, contents, never, named, limit, signal } = context;
  const found = await members(root, context);
  const size = found.reduce((sum, entry) => sum + entry.size, 0);
  if (size > limit)
    return { root, entries: [], size, leftOut: [], refused: `${size} bytes, over the limit of ${limit}` };
  const entries = new Map(found.map((entry) => [entry.path, entry]));
  const leftOut: CarriedTree['leftOut'][number][] = [];
  const unread = new Set(found.filter(({ type }) => type === 'file').map(({ path }) => path));
  for await (const { path, content } of machine.files.contents([...unread], signal ? { signal } : {})) {
    const entry = entries.get(path);
    if (!entry) continue;
    const { head, whole } = await peek(content);
    const rule = privateRule(never, path, head, { inTree: true, named });
    const carried = rule ? undefined : await carryFile(machine, contents, entry, whole);
    if (carried?.unreadable) continue;
    unread.delete(path);
    if (rule) leftOut.push({ path, ...rule });
    if (carried) entries.set(path, carried);
    else entries.delete(path);
    context.advance(carried?.size ?? 0);
  }
  for (const path of unread) {
    entries.delete(path);
    leftOut.push({ path, rule: 'unreadable', why: 'not readable' });
  }
  const byPath = (a: { path: FilePath }, b: { path: FilePath }) => comparePaths(a.path, b.path);
  return { root, entries: [...entries.values()].sort(byPath), size, leftOut: leftOut.sort(byPath) };
}

async function members(
  root: FilePath,
  {
    machine,
    isNew,
    ofPackages,
    named,
    signal,
  }: Pick<CarryContext, 'machine' | 'isNew' | 'ofPackages' | 'named' | 'signal'>,
) {
  const found: FileEntry[] = [];
  const skipped: FilePath[] = [];
  for await (const entry of machine.files.walk(root, signal ? { signal } : {})) {
    const { path, type } = entry;
    if (skipped.some((folder) => path.startsWith(`${folder}/`)) || isNew(path)) continue;
    const isApart = isCache(path) || (ofPackages(path) && !isNamed(path, named));
    if (type === 'directory' && path !== root && isApart) skipped.push(path);
    else if (['file', 'directory', 'symlink'].includes(type)) found.push(entry);
  }
  return found;
}

/** The beginning of a content, and all of it from there: it is read once. */
async function peek(content: AsyncIterable<Buffer>): Promise<{ head: Buffer; whole: AsyncIterable<Buffer> }> {
  const rest = content[Symbol.asyncIterator]();
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < inspectedBytes) {
    const next = await rest.next();
    if (next.done) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  async function* whole() {
    yield* pieces;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  }
  return { head: Buffer.concat(pieces).subarray(0, inspectedBytes), whole: whole() };
}
