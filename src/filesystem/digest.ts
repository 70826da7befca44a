import { createHash } from 'node:crypto';
import type { Sha256 } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import { isEngineFile } from './engine-files.js';
import { asciiJson } from './snapshot.js';

/**
 * The digest of a whole tree: equal for two builds of one plan and for the same tree on every backend. The format is
 * `specs/digest.md`. Needs entries with content hashes; the order in which they come does not matter.
 */
export async function treeDigest(
  entries: AsyncIterable<FileEntry> | Iterable<FileEntry>,
  options: { readonly epoch: number },
): Promise<Sha256> {
  const digest = new TreeDigest(options.epoch);
  for await (const entry of entries) digest.add(entry);
  return digest.value();
}

/** A tree digest that is fed one entry at a time, for a stream that serves other readers too. */
export class TreeDigest {
  private readonly rows: (readonly [FilePath, string])[] = [];

  constructor(private readonly epoch: number) {}

  add(entry: FileEntry): void {
    if (!isEngineFile(entry.path)) this.rows.push([entry.path, digestRow(entry, this.epoch)]);
  }

  value(): Sha256 {
    return digestOf(this.rows);
  }
}

/** The same over chosen entries, without times: equal on every backend, also on hosts that existed before. */
export function environmentDigest(entries: Iterable<FileEntry>): Sha256 {
  const rows: [FilePath, string][] = [];
  for (const entry of entries) if (!isEngineFile(entry.path)) rows.push([entry.path, digestRow(entry, undefined)]);
  return digestOf(rows);
}

/** Of what came twice, as a folder in a tar may, the later counts: that is what unpacking leaves. */
function digestOf(rows: (readonly [FilePath, string])[]): Sha256 {
  const hash = createHash('sha256');
  const sorted = rows.sort(([a], [b]) => comparePaths(a, b));
  for (const [at, [path, row]] of sorted.entries()) if (sorted[at + 1]?.[0] !== path) hash.update(row, 'latin1');
  return hash.digest('hex');
}

/**
 * One line: a JSON array of path, type, mode, uid, gid, target or content hash or null, and the time or null. The time
 * of a directory says only when something was last put into it, and that of a link is not kept by every engine.
 */
export function digestRow(entry: FileEntry, epoch: number | undefined): string {
  const { path, type, mode, uid, gid, target, hash, mtime } = entry;
  const permissions = type === 'symlink' ? 0o777 : mode;
  const time = epoch !== undefined && type === 'file' ? Math.min(mtime, epoch) : null;
  return `${asciiJson([path, type, permissions, uid, gid, target ?? hash ?? null, time])}\n`;
}
