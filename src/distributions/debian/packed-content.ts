import { createHash } from 'node:crypto';
import { codeOf } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { MayCarry } from '../../packaging/reader.js';
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

interface PackContext {
  readonly machine: Machine;
  /** Whether a file that is not as the package shipped it may be packed. Default: all may. */
  readonly mayCarry?: MayCarry | undefined;
  /** Told of each file that is not what the package's checksums say; one that may not be packed is `withheld`. */
  readonly told: (file: PackedFile, state: 'changed' | 'withheld') => void;
  readonly signal?: AbortSignal | undefined;
}

/** The data tar of a package as a stream. */
export async function* readPackedContent(
  members: readonly PackedMember[],
  files: InstalledFiles,
  { machine, mayCarry = () => true, told, signal }: PackContext,
): AsyncGenerator<Uint8Array> {
  const conffiles = new Map(files.conffiles.map(({ path, md5 }) => [path, md5]));
  const withheld = new Set<string>();
  const paths = members.flatMap(({ type, path }) => (type === 'file' ? [path] : []));
  const contents = machine.files.contents(paths, signal ? { signal } : {})[Symbol.asyncIterator]();
  try {
    let next = await contents.next();
    for (const member of members) {
      signal?.throwIfAborted();
      if (member.type !== 'file') {
        if (member.type === 'hardlink' && withheld.has(String(member.target))) told(member, 'withheld');
        else yield tarHeader(member);
        continue;
      }
      const md5 = createHash('md5');
      // What may only go out as the package's own is held until that is known.
      let held: Uint8Array[] | undefined;
      let isBegun = false;
      const isGiven = next.done !== true && next.value.path === member.path;
      // What is not given cannot be read: asked for by itself, it says why.
      const content = isGiven ? next.value.content : machine.files.stream(member.path);
      for await (const chunk of contentOf(member, content)) {
        md5.update(chunk);
        if (!isBegun && !mayCarry(member.path, Buffer.from(chunk))) held = [];
        if (!isBegun && !held) yield tarHeader(member);
        isBegun = true;
        if (held) held.push(chunk);
        else yield chunk;
      }
      if (isGiven) next = await contents.next();
      const expected = files.md5sums.get(member.listed) ?? conffiles.get(member.listed);
      const isKnown = expected !== undefined && /^[0-9a-f]{32}$/.test(expected);
      const isSame = isKnown && md5.digest('hex') === expected;
      if (held && !isSame) {
        withheld.add(member.name.toString());
        told(member, 'withheld');
        continue;
      }
      if (held || !isBegun) yield tarHeader(member);
      if (held) yield* held;
      yield tarPadding(member.size);
      if (isKnown && !isSame) told(member, 'changed');
    }
    yield tarEnd();
  } finally {
    await contents.return?.();
  }
}

async function* contentOf(
  { path, size }: PackedMember,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of content) {
      read += chunk.length;
      if (chunk.length > 0) yield chunk;
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
