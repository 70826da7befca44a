import { ReproError, reasonOf } from '../errors.js';
import { type Sha256, sha256, sha256OfStream } from '../hash.js';
import { type FilePath, showPath } from '../model/file-path.js';
import { attributesText } from './attributes-text.js';
import { type TarMember, tarMembers } from './tar.js';
import { longestTelling, tellsOfSystem } from './telling-files.js';
import type { PartialEntry } from './trie/values.js';

export interface TarTreeOptions {
  /** For messages. */
  readonly where: string;
  readonly hash: boolean;
  /** Takes the content of files that tell what the system is. */
  readonly tell?: (path: FilePath, content: Buffer) => void;
  readonly signal?: AbortSignal | undefined;
}

/** More than any system has; what is known of each is held in memory. */
const mostMembers = 10_000_000;

/**
 * The entries of the filesystem that a tar holds, each once: of a name that stands twice the last counts. A hard link is
 * the file that it repeats, and says so. One pass; contents are hashed as they go by and lie nowhere.
 */
export async function* tarTree(
  stream: AsyncIterable<Uint8Array>,
  { where, hash, tell, signal }: TarTreeOptions,
): AsyncGenerator<PartialEntry, void> {
  const entries = new Map<FilePath, PartialEntry>();
  let last = '/' as FilePath;
  let count = 0;
  try {
    for await (const member of tarMembers(stream)) {
      signal?.throwIfAborted();
      last = member.path;
      if (++count > mostMembers) throw new Error(`it has more than ${mostMembers} members`);
      const entry = member.type === 'hardlink' ? linkTo(member, entries) : await entryOf(member, { hash, tell });
      entries.delete(member.path);
      entries.set(member.path, entry);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ReproError ? error : damaged(where, last, count, error);
  }
  yield* entries.values();
}

interface Reading {
  readonly hash: boolean;
  readonly tell: TarTreeOptions['tell'] | undefined;
}

async function entryOf(member: TarMember, reading: Reading): Promise<PartialEntry> {
  const { content: _, offset: __, attributes, target, type, ...rest } = member;
  if (type === 'hardlink') throw new Error('a hard link is resolved by its target');
  const hashed = type === 'file' ? await hashOf(member, reading) : undefined;
  return {
    ...rest,
    type,
    ...(target !== undefined && { target }),
    ...(hashed !== undefined && { hash: hashed }),
    attributes: attributesText(attributes),
  };
}

async function hashOf({ path, size, content }: TarMember, { hash, tell }: Reading): Promise<Sha256 | undefined> {
  if (!tell || !tellsOfSystem(path) || size > longestTelling) {
    return hash ? (await sha256OfStream(content)).hash : undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  tell(path, whole);
  return hash ? sha256(whole) : undefined;
}

function linkTo({ path, target }: TarMember, entries: ReadonlyMap<FilePath, PartialEntry>): PartialEntry {
  const file = target === undefined ? undefined : entries.get(target);
  if (!file || file.type === 'directory') {
    throw new Error(`${showPath(path)} is a hard link to ${showPath(target ?? path)}, which it does not have`);
  }
  return path === file.path ? file : { ...file, path, sameAs: file.sameAs ?? file.path };
}

function damaged(where: string, last: FilePath, count: number, cause: unknown): ReproError {
  const place = count === 0 ? 'at its beginning' : `at or after its member ${count}, ${showPath(last)}`;
  return new ReproError('usage', `the archive cannot be read: ${reasonOf(cause)} (${place})`, {
    where,
    remedy: 'make or copy it again',
    cause,
  });
}
