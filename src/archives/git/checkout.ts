import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import type { FileContent } from '../../machines/machine.js';
import { type FilePath, parsePath } from '../../model/file-path.js';
import { modeSchema } from '../../model/schemas.js';

const entrySchema = z.strictObject({
  path: z.string().describe('from the root of the working tree; empty for the root itself'),
  type: z.enum(['file', 'directory', 'symlink']),
  mode: modeSchema,
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  mtime: z.int(),
  blob: z.string().optional().describe('of a file: the id that git knows its content by'),
  size: z.int().nonnegative().optional(),
  target: z.string().optional(),
});

/**
 * What a working tree has beside what a commit has: which files there are, with the modes, owners and dates that git
 * does not keep. With the blobs of the commit it makes the very same tar anywhere.
 */
export const listingSchema = z.strictObject({
  algorithm: z.enum(['sha1', 'sha256']),
  entries: z.array(entrySchema).describe('parents first'),
});

export type Listing = z.infer<typeof listingSchema>;
export type ListedEntry = z.infer<typeof entrySchema>;

/** The tar of a working tree; `contents` has its files, mostly in the order of the listing. Each is checked as it passes. */
export async function* checkoutTar(
  { algorithm, entries }: Listing,
  contents: AsyncIterable<FileContent>,
): AsyncGenerator<Buffer> {
  const take = inAnyOrder(contents);
  for (const entry of entries) {
    const { type, uid, gid, mtime, size = 0 } = entry;
    const path = parsePath(entry.path);
    const target = entry.target === undefined ? {} : { target: parsePath(entry.target) };
    yield tarHeader({ name: path, type, mode: Number.parseInt(entry.mode, 8), uid, gid, mtime, size, ...target });
    if (type !== 'file') continue;
    yield* checked(await take(path), entry, algorithm);
    yield tarPadding(size);
  }
  yield tarEnd();
}

/** The id of a blob of that many bytes, to be fed with them (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects). */
export function blobHash(algorithm: Listing['algorithm'], size: number) {
  return createHash(algorithm).update(`blob ${size}\0`);
}

async function* checked(
  content: AsyncIterable<Buffer>,
  { path, size = 0, blob }: ListedEntry,
  algorithm: Listing['algorithm'],
): AsyncGenerator<Buffer> {
  const hash = blobHash(algorithm, size);
  let seen = 0;
  for await (const chunk of content) {
    seen += chunk.length;
    if (seen > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (seen !== size || hash.digest('hex') !== blob) {
    throw new ReproError('step-failed', `${path} is not the blob ${blob}`, {
      where: path,
      remedy: 'see that nothing changes the repository meanwhile, and do it again',
    });
  }
}

/** Gives contents by path as they are asked for; what comes before it is asked for is kept until then. */
function inAnyOrder(contents: AsyncIterable<FileContent>): (path: FilePath) => Promise<AsyncIterable<Buffer>> {
  const rest = contents[Symbol.asyncIterator]();
  const kept = new Map<FilePath, Buffer>();
  return async (path) => {
    for (;;) {
      const known = kept.get(path);
      if (known) {
        kept.delete(path);
        return once(known);
      }
      const next = await rest.next();
      if (next.done) throw new ReproError('step-failed', `${path} cannot be read any more`, { where: path });
      if (next.value.path === path) return next.value.content;
      const chunks: Buffer[] = [];
      for await (const chunk of next.value.content) chunks.push(chunk);
      kept.set(next.value.path, Buffer.concat(chunks));
    }
  };
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
