import { tarMembers } from '../../filesystem/tar.js';
import type { NamedMember } from '../../filesystem/tar-extract.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { type FilePath, isWithin, joinPath, showPath } from '../../model/file-path.js';
import type { CopyEnd, Source } from './ends.js';

/**
 * What is copied, in the order of its folders, by names that begin with `prefix`. Bits that would give a program the
 * rights of its owner do not come along, and neither do devices, which `leaveOut` is told of.
 */
export async function* membersOf(
  tar: AsyncIterable<Uint8Array>,
  source: Source,
  prefix: FilePath,
  leaveOut: (path: FilePath) => void,
): AsyncGenerator<NamedMember> {
  const named = (path: FilePath): FilePath | undefined => {
    if (!isWithin(path, source.path)) return undefined;
    const rest = path.slice(source.path.length).replace(/^\//, '');
    return (prefix === '' || rest === '' ? prefix + rest : `${prefix}/${rest}`) as FilePath;
  };
  for await (const { path, offset: _offset, ...member } of tarMembers(tar)) {
    const name = named(path);
    if (name === undefined) throw new Error(`the archive has a member of another place: ${showPath(path)}`);
    // The folder whose contents are asked for stays as it is.
    if (name === '' && member.type === 'directory') continue;
    const target = member.type === 'hardlink' && member.target ? named(member.target) : member.target;
    if (
      member.type === 'file' ||
      member.type === 'directory' ||
      member.type === 'symlink' ||
      (member.type === 'hardlink' && target !== undefined)
    )
      yield { ...member, name, mode: member.mode & 0o1777, ...(target !== undefined && { target }) };
    else leaveOut(path);
  }
}

/** Members as a tar again, of one owner, to be unpacked at the root: their names lead into a folder by its bytes. */
export async function* packMembers(
  members: AsyncIterable<NamedMember>,
  folder: FilePath,
  owner: NonNullable<CopyEnd['owner']>,
): AsyncGenerator<Buffer> {
  const below = (name: FilePath) => joinPath(folder, name).slice(1) as FilePath;
  for await (const { name, type, mode, mtime, size, target: to, content } of members) {
    if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'hardlink') continue;
    const target = to !== undefined && type === 'hardlink' ? below(to) : to;
    yield tarHeader({ name: below(name), type, mode, mtime, size, ...owner, ...(target !== undefined && { target }) });
    yield* content;
    yield tarPadding(size);
  }
  yield tarEnd();
}
