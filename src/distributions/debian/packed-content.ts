import { createHash } from 'node:crypto';
import { codeOf } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
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
  const { machine, signal } = context;
  const paths = members.flatMap(({ type, path }) => (type === 'file' ? [path] : []));
  const contents = machine.files.contents(paths, signal ? { signal } : {})[Symbol.asyncIterator]();
  try {
    let next = await contents.next();
    for (const member of members) {
      signal?.throwIfAborted();
      yield tarHeader(member);
      if (member.type !== 'file') continue;
      const md5 = createHash('md5');
      const isGiven = next.done !== true && next.value.path === member.path;
      // What is not given cannot be read: asked for by itself, it says why.
      const content = isGiven ? next.value.content : machine.files.stream(member.path);
      yield* contentOf(member, content, (chunk) => md5.update(chunk));
      if (isGiven) next = await contents.next();
      yield tarPadding(member.size);
      const expected = files.md5sums.get(member.listed) ?? conffiles.get(member.listed);
      if (expected !== undefined && /^[0-9a-f]{32}$/.test(expected) && md5.digest('hex') !== expected) changed(member);
    }
    yield tarEnd();
  } finally {
    await contents.return?.();
  }
}

async function* contentOf(
  { path, size }: PackedMember,
  content: AsyncIterable<Uint8Array>,
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of content) {
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
