import { randomUUID } from 'node:crypto';
import { chmod, link, lstat, lutimes, mkdir, open, rename, rm, symlink, utimes } from 'node:fs/promises';
import { codeOf, ReproError } from '../errors.js';
import { baseName, type FilePath, joinPath, nodePath, parentPath, showPath } from '../model/file-path.js';
import type { TarMember } from './tar.js';

/** A member of a tar under the name that it is to have: relative, and empty for what is copied itself. */
export interface NamedMember extends Omit<TarMember, 'path' | 'offset'> {
  readonly name: FilePath;
}

/**
 * Puts members below a folder of this machine, as ours, with their modes and times. Nothing is written through a link,
 * whoever made it, and a file is whole or not there at all.
 */
export async function extractMembers(folder: FilePath, members: AsyncIterable<NamedMember>): Promise<void> {
  const folders: { readonly path: FilePath; readonly mode: number; readonly mtime: number }[] = [];
  const known = new Set<FilePath>([folder]);
  const enter = async (path: FilePath): Promise<void> => {
    if (known.has(path)) return;
    await enter(parentPath(path));
    await makeFolder(path);
    known.add(path);
  };
  for await (const member of members) {
    const path = joinPath(folder, member.name);
    await enter(member.type === 'directory' ? path : parentPath(path));
    if (member.type === 'directory') folders.push({ path, mode: member.mode, mtime: member.mtime });
    else {
      const other = member.type === 'hardlink' ? joinPath(folder, member.target ?? '') : undefined;
      if (other) await enter(parentPath(other));
      await replace(path, (fresh) => make(fresh, member, other));
    }
  }
  // What is put into a folder changes its time, and its mode may forbid it.
  for (const { path, mode, mtime } of folders.reverse()) {
    await chmod(nodePath(path), mode);
    await utimes(nodePath(path), mtime, mtime);
  }
}

async function makeFolder(path: FilePath): Promise<void> {
  try {
    await mkdir(nodePath(path), { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const found = await lstat(nodePath(path));
    if (!found.isDirectory()) throw inTheWay(path, found.isSymbolicLink() ? 'a link' : 'no folder');
  }
}

async function make(path: FilePath, member: NamedMember, other: FilePath | undefined): Promise<void> {
  const { type, mode, mtime, target } = member;
  if (type === 'symlink') {
    await symlink(nodePath(target ?? ('' as FilePath)), nodePath(path));
    await lutimes(nodePath(path), mtime, mtime);
  } else if (other) {
    await link(nodePath(other), nodePath(path));
  } else {
    await using file = await open(nodePath(path), 'wx', 0o600);
    for await (const chunk of member.content) await file.writeFile(chunk);
    await file.chmod(mode);
    await file.utimes(mtime, mtime);
  }
}

/** Makes something beside its place, and puts it there when it is whole: in the stead of what is there, but a folder. */
async function replace(path: FilePath, work: (fresh: FilePath) => Promise<void>): Promise<void> {
  const fresh = joinPath(parentPath(path), `.reproman-${randomUUID()}`);
  try {
    await work(fresh);
    await rename(nodePath(fresh), nodePath(path));
  } catch (error) {
    await rm(nodePath(fresh), { force: true });
    throw codeOf(error) === 'EISDIR' ? inTheWay(path, 'a folder') : error;
  }
}

function inTheWay(path: FilePath, what: string): ReproError {
  return new ReproError('usage', `'${showPath(baseName(path))}' cannot be written, for ${what} is in its place`, {
    where: showPath(path),
    remedy: 'choose another name, or move it away',
  });
}
