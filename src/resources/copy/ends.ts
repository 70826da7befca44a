import { ReproError } from '../../errors.js';
import type { Machine, Shell } from '../../machines/machine.js';
import { resolveKinds } from '../../machines/ways.js';
import type { FileType } from '../../model/file-entry.js';
import { baseName, type FilePath, joinPath, parentPath, showPath } from '../../model/file-path.js';

/** A path on a machine, as it was asked for. */
export interface CopyEnd {
  readonly machine: Machine;
  /** Absolute. */
  readonly path: FilePath;
  /** Whose the files are to be there, where that is for us to say. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** What is copied. */
export interface Source {
  /** Free of links. */
  readonly path: FilePath;
  /** What the copy is called in a folder that is there; nothing where a folder's contents are copied (`FOLDER/.`). */
  readonly name: FilePath;
  readonly type: FileType;
}

/** Where it goes: below a folder that is there and free of links, under a name; without one into the folder itself. */
export interface Target {
  readonly folder: FilePath;
  readonly name: FilePath;
  /** Whether a folder of that name is there, which is added to. */
  readonly isThere: boolean;
}

/** The way that programs are run where an end is, which there must be. */
export function shellOf({ machine: { shell, label } }: CopyEnd): Shell {
  if (shell) return shell;
  throw new ReproError('not-ready', `nothing can be copied, for no program can be run on ${label}`);
}

/** A link that is named itself is followed; those in a folder are copied as links. */
export async function findSource({ machine, path }: CopyEnd): Promise<Source> {
  const ways = await resolveKinds(machine.files, [path]);
  const found = ways.resolve(path);
  const type = found.path === '/' ? 'directory' : ways.entry(found.path)?.type;
  if (found.end !== 'found' || type === undefined) {
    throw new ReproError('usage', 'there is no such file or folder', {
      where: `${showPath(path)} on ${machine.label}`,
    });
  }
  return { path: found.path, type, name: path.endsWith('/.') ? nothing : baseName(trimmed(path)) };
}

/** As cp has it: into a folder that is there, else under the name that is given. */
export async function findTarget({ machine, path }: CopyEnd, source: Source): Promise<Target> {
  const whole = trimmed(path);
  const parent = parentPath(whole);
  const ways = await resolveKinds(machine.files, [whole, parent]);
  const typeAt = (at: FilePath) => (at === '/' ? 'directory' : ways.entry(at)?.type);
  const found = ways.resolve(whole);
  const where = `${showPath(path)} on ${machine.label}`;
  const isFolder = source.type === 'directory';
  if (found.end === 'found' && typeAt(found.path) === 'directory') {
    if (source.name === '') return { folder: found.path, name: nothing, isThere: true };
    const inside = joinPath(found.path, source.name);
    const [[, kind] = []] = await machine.files.kinds([inside]);
    return { folder: found.path, name: source.name, isThere: kind?.type === 'directory' };
  }
  const folder = ways.resolve(parent);
  if (folder.end !== 'found' || typeAt(folder.path) !== 'directory') {
    throw new ReproError('usage', 'there is no folder to copy to', { where, remedy: 'make it first' });
  }
  if (found.end === 'found' && isFolder) {
    throw new ReproError('usage', 'a folder is not copied over what is no folder', { where });
  }
  if (!isFolder && path.endsWith('/')) throw new ReproError('usage', 'there is no such folder', { where });
  return { folder: folder.path, name: baseName(whole), isThere: false };
}

const nothing = '' as FilePath;

/** Without slashes and dots at its end, which only say that a folder is meant. */
function trimmed(path: FilePath): FilePath {
  const short = path.replace(/(?:\/+\.?)+$/, '');
  return (short === '' ? '/' : short) as FilePath;
}
