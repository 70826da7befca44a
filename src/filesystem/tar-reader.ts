import { sha256OfStream } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, isWithin } from '../model/file-path.js';
import { type TarMember, tarMembers } from './tar.js';

export interface ReadTarOptions {
  /** Whether to hash the content of files. */
  readonly hash?: boolean;
  /** Paths whose entry is given but whose children are not. */
  readonly exclude?: readonly FilePath[];
  /** Told of each hard link, and the member that it repeats. */
  readonly linked?: (path: FilePath, to: FilePath) => void;
  readonly signal?: AbortSignal;
}

/**
 * The entries of a filesystem from a tar stream of it, in the stream's order and one pass. A hard link is given as the
 * file that it is: with the size, owner and hash of the member it repeats.
 */
export async function* readTar(
  stream: AsyncIterable<Uint8Array>,
  { hash = false, exclude = [], linked, signal }: ReadTarOptions = {},
): AsyncGenerator<FileEntry, void> {
  const files = new Map<FilePath, FileEntry>();
  for await (const member of tarMembers(stream)) {
    signal?.throwIfAborted();
    if (member.type === 'hardlink' && member.target !== undefined) linked?.(member.path, member.target);
    const entry = member.type === 'hardlink' ? linkedFile(member, files) : await entryOf(member, hash);
    if (entry.type === 'file') files.set(entry.path, entry);
    if (!exclude.some((path) => path !== entry.path && isWithin(entry.path, path))) yield entry;
  }
}

async function entryOf(member: TarMember, hash: boolean): Promise<FileEntry> {
  const { content, offset: _, attributes: _notCompared, target, type, ...rest } = member;
  if (type === 'hardlink') throw new Error('a hard link is resolved by its target');
  return {
    ...rest,
    type,
    ...(target === undefined ? {} : { target }),
    ...(hash && type === 'file' ? { hash: (await sha256OfStream(content)).hash } : {}),
  };
}

function linkedFile(member: TarMember, files: ReadonlyMap<FilePath, FileEntry>): FileEntry {
  const file = member.target === undefined ? undefined : files.get(member.target);
  if (!file) throw new Error(`the archive has a hard link to a file that it does not have: ${member.path}`);
  return { ...file, path: member.path };
}
