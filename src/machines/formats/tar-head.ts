import { Readable } from 'node:stream';
import { decompressed } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { FilePath } from '../../model/file-path.js';

/** The name of the first member of what may be a tar, by its beginning, decompressed or long enough to be; undefined where it is none. */
export async function firstMember(head: Buffer): Promise<FilePath | undefined> {
  try {
    const content = decompressed(Readable.from([head], { objectMode: false }));
    for await (const { path } of tarMembers(content)) return path;
  } catch {
    // It is no tar: whatever else it may be is for others to say.
  }
  return undefined;
}
