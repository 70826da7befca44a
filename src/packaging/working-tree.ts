import type { Machine } from '../machines/machine.js';
import { largestWhole } from '../machines/system-errors.js';
import { type FilePath, isWithin } from '../model/file-path.js';
import type { MayCarry } from './reader.js';

/** A working tree whose tracked files are more bytes than this is put in place with the used ones only. */
export const wholeTreeBytes = 512 * 1024 * 1024;

/** Folders of the system and homes: a repository at one of them keeps settings, and is not put in place as a whole. */
export function isSystemFolder(root: FilePath): boolean {
  const shared = /^\/(?:bin|boot|etc|home|lib\w*|media|mnt|opt|root|run|sbin|srv|tmp|usr(?:\/\w+)?|var(?:\/\w+)?)?$/;
  return shared.test(root) || /^\/home\/[^/]+$/.test(root) || isWithin(root, '/etc' as FilePath);
}

/** Contents of those of the files that are there; tells of files that are there and cannot be read. */
export async function readMany(
  { files }: Machine,
  paths: readonly FilePath[],
  unreadable?: (path: FilePath) => void,
): Promise<Map<FilePath, Buffer>> {
  const found = new Map<FilePath, Buffer>();
  if (paths.length === 0) return found;
  for await (const { path, content } of files.contents([...new Set(paths)], { length: largestWhole })) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    if (whole.length < largestWhole) found.set(path, whole);
  }
  if (!unreadable) return found;
  for await (const [path, entry] of files.entries(paths.filter((path) => !found.has(path)))) {
    if (entry?.type === 'file' || entry?.type === 'fifo') unreadable(path);
  }
  return found;
}

/** How much of a file is looked at for what must not be carried. */
const lookedAtBytes = 256 * 1024;

/** Those of the files that must not be carried. */
export async function privateAmong(
  { files }: Machine,
  paths: readonly FilePath[],
  mayCarry: MayCarry | undefined,
  signal?: AbortSignal,
): Promise<Set<FilePath>> {
  const found = new Set<FilePath>();
  if (!mayCarry || paths.length === 0) return found;
  const options = { length: lookedAtBytes, ...(signal ? { signal } : {}) };
  for await (const { path, content } of files.contents(paths, options)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    if (!mayCarry(path, Buffer.concat(chunks))) found.add(path);
  }
  return found;
}

/** The name of a path from the root of a working tree; empty for the root itself. */
export function nameInTree(path: FilePath, root: FilePath): FilePath {
  return path.slice(root === '/' ? 1 : root.length + 1) as FilePath;
}
