import { type FilePath, isWithin } from '../model/file-path.js';
import { isEngineFile } from './engine-files.js';
import { soundMembers } from './sound-members.js';
import type { TarMember } from './tar.js';
import { tarEnd, tarHeader, tarPadding } from './tar-writer.js';

/** What can be made anywhere: devices and sockets are of the machine that the tree is entered on. */
const kept = ['file', 'directory', 'symlink', 'hardlink', 'fifo'] as const;

/**
 * A tree's tar written anew, so that what a tree digest counts decides every byte of it: nothing that engines put there,
 * no file dated after the epoch, and all else dated with it. The order stays the stream's own.
 */
export function canonicalTar(members: AsyncIterable<TarMember>, epoch: number): AsyncGenerator<Buffer, void> {
  return rewritten(members, {
    isKept: (path) => !isEngineFile(path),
    dateOf: ({ type, mtime }) => (type === 'file' || type === 'hardlink' ? Math.min(mtime, epoch) : epoch),
  });
}

/** A tree's tar for another engine than the one that it was with: but for what that put there it is as it was. */
export function movedTar(members: AsyncIterable<TarMember>): AsyncGenerator<Buffer, void> {
  const moved = ['/run', '/tmp'] as FilePath[];
  return rewritten(members, {
    isKept: (path) => !isEngineFile(path) || moved.some((folder) => isWithin(path, folder)),
    dateOf: ({ mtime }) => mtime,
  });
}

/** A tree's tar from whoever made it, for unpacking: refused where it is not sound, and without devices. */
export function foreignTar(members: AsyncIterable<TarMember>): AsyncGenerator<Buffer, void> {
  return rewritten(soundMembers(members), { isKept: () => true, dateOf: ({ mtime }) => mtime });
}

/** Whose a member is, and what its program may do whoever starts it. */
export type Owned = Pick<TarMember, 'uid' | 'gid' | 'attributes'>;

/** A tree's tar as it is, but for whose each member is. */
export function ownedTar(
  members: AsyncIterable<TarMember>,
  ownerOf: (member: TarMember) => Owned,
): AsyncGenerator<Buffer, void> {
  return rewritten(members, { isKept: () => true, dateOf: ({ mtime }) => mtime, ownerOf });
}

interface Rewriting {
  readonly isKept: (path: FilePath) => boolean;
  readonly dateOf: (member: TarMember) => number;
  /** Default: whose it is. */
  readonly ownerOf?: (member: TarMember) => Owned;
}

async function* rewritten(
  members: AsyncIterable<TarMember>,
  { isKept, dateOf, ownerOf }: Rewriting,
): AsyncGenerator<Buffer, void> {
  for await (const member of members) {
    const { content, offset: _, path, type: found, target, uid: _uid, gid: _gid, attributes: _all, ...rest } = member;
    const { uid, gid, attributes } = ownerOf?.(member) ?? member;
    const type = kept.find((each) => each === found);
    if (type === undefined || !isKept(path)) continue;
    yield tarHeader({
      ...{ ...rest, uid, gid, ...(attributes && { attributes }) },
      name: relative(path),
      type,
      mode: type === 'symlink' ? 0o777 : member.mode,
      mtime: dateOf(member),
      ...targetOf(member, target),
    });
    if (type !== 'file') continue;
    yield* content;
    yield tarPadding(member.size);
  }
  yield tarEnd();
}

function targetOf({ type }: TarMember, target: FilePath | undefined): { target?: string } {
  if (target === undefined) return {};
  return { target: type === 'hardlink' ? relative(target) : target };
}

function relative(path: FilePath): string {
  return path.slice(1);
}
