import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { sha256Schema } from '../model/schemas.js';
import { lineBatches } from './lines.js';

/** One line of a snapshot: a JSON object in ASCII, its paths as latin1 views of their bytes. */
const entrySchema = z.strictObject({
  path: z.custom<FilePath>((value) => typeof value === 'string' && value.startsWith('/')),
  type: z.enum(['file', 'directory', 'symlink', 'fifo', 'socket', 'block', 'character']),
  mode: z.int().nonnegative(),
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  size: z.int().nonnegative(),
  mtime: z.int(),
  target: z.custom<FilePath>((value) => typeof value === 'string').optional(),
  hash: sha256Schema.optional(),
  unreadable: z.string().optional(),
});

/** Writes a snapshot to a local file: one entry a line, gzip. The same entries in the same order give the same bytes. */
export async function writeSnapshot(
  file: string,
  entries: AsyncIterable<FileEntry> | Iterable<FileEntry>,
): Promise<void> {
  await pipeline(snapshotLines(entries), createGzip({ level: 6 }), createWriteStream(file));
}

/** Streams the entries of a snapshot; a line that is not an entry is an error with its number. */
export async function* readSnapshot(stream: Readable): AsyncGenerator<FileEntry, void> {
  const text = createGunzip();
  stream.on('error', (error) => text.destroy(error)).pipe(text);
  let number = 0;
  for await (const batch of lineBatches(text)) for (const line of batch) yield parseEntry(line, ++number);
}

async function* snapshotLines(entries: AsyncIterable<FileEntry> | Iterable<FileEntry>): AsyncGenerator<string, void> {
  let batch = '';
  for await (const entry of entries) {
    batch += `${lineOf(entry)}\n`;
    if (batch.length < 1 << 16) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

/** Every machine tells the fields of an entry in an order of its own. */
function lineOf({ path, type, mode, uid, gid, size, mtime, target, hash, unreadable }: FileEntry): string {
  return asciiJson({ path, type, mode, uid, gid, size, mtime, target, hash, unreadable });
}

/** JSON with every byte that is not printable ASCII as `\u00XX`. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parseEntry(line: string, number: number): FileEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`line ${number} of the snapshot is not JSON`, { cause });
  }
  const result = entrySchema.safeParse(value);
  if (!result.success)
    throw new Error(`line ${number} of the snapshot is not an entry: ${z.prettifyError(result.error)}`);
  return result.data as FileEntry;
}
