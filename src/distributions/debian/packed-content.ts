import { createHash } from 'node:crypto';
import { codeOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { tarEnd, tarHeader, tarPadding } from './deb-writer.js';
import type { InstalledFiles } from './installed.js';
import type { PackedMember } from './packed-members.js';

/** A packed file by both its names. */
export interface PackedFile {
  readonly listed: FilePath;
  readonly path: FilePath;
}

/** Stops the repacking of one package: a file of it cannot be read. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** The data tar of a package as a stream; tells of each file that is not what the package's checksums say. */
export async function* readPackedContent(
  members: readonly PackedMember[],
  files: InstalledFiles,
  context: { readonly machine: Machine; readonly signal?: AbortSignal },
  changed: (file: PackedFile) => void,
): AsyncGenerator<Uint8Array> {
  const conffiles = new Map(files.conffiles.map(({ path, md5 }) => [path, md5]));
  for (const member of members) {
    context.signal?.throwIfAborted();
    yield tarHeader(member);
    if (member.type !== 'file') continue;
    const md5 = createHash('md5');
    yield* contentOf(member, context.machine, (chunk) => md5.update(chunk));
    yield tarPadding(member.size);
    const expected = files.md5sums.get(member.listed) ?? conffiles.get(member.listed);
    if (expected !== undefined && /^[0-9a-f]{32}$/.test(expected) && md5.digest('hex') !== expected) changed(member);
  }
  yield tarEnd();
}

async function* contentOf(
  { path, size }: PackedMember,
  machine: Machine,
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of machine.files.stream(path) as AsyncIterable<Uint8Array>) {
      read += chunk.length;
      seen(chunk);
      yield chunk;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || code === 'ABORT_ERR') throw error;
    throw new UnreadableFile(
      `${showPath(path)} cannot be read (${code}), so the package cannot be repacked; trace as a user who may read it, or as root.`,
      { cause: error },
    );
  }
  if (read !== size) {
    throw new UnreadableFile(
      `${showPath(path)} changed while it was read, so the package cannot be repacked; trace again.`,
    );
  }
}
