import { type FilePath, parentPath, rootPath, showPath } from '../model/file-path.js';
import type { TarMember } from './tar.js';

/** More than any system has; what is known of each is held in memory. */
const mostMembers = 5_000_000;
/** PATH_MAX of Linux: no file has a longer name. */
const longestName = 4096;

/**
 * The members of a tree's tar as they come, where they make one tree whoever unpacks them: every place once, nothing
 * behind a link, and hard links to files of the tree alone. Anything else is refused, and so an archive that was made to
 * write elsewhere. A folder that comes after what it holds is there twice, bare at first and then as it is.
 */
export async function* soundMembers(members: AsyncIterable<TarMember>): AsyncGenerator<TarMember, void> {
  const known = new Map<FilePath, Known>();
  for await (const member of members) {
    const { path, type, target } = member;
    refuseName(path);
    if (known.size > mostMembers) throw new Error(`it has more than ${mostMembers} members`);
    const present = known.get(path);
    if (present?.type === 'directory' && type === 'directory' && present.said === saidOf(member)) continue;
    // mmdebstrap has its devices first, and the folders that they lie in after them.
    const isLate = present?.type === 'directory' && present.said === undefined && type === 'directory';
    if (present && !isLate) throw new Error(`it has ${showPath(path)} twice`);
    if (path === rootPath && type !== 'directory') throw new Error('its root is no folder');
    yield* missingFolders(path, known);
    if (type === 'hardlink' && known.get(target ?? rootPath)?.type !== 'file')
      throw new Error(`${showPath(path)} is a hard link to what is no file of it: ${showPath(target ?? rootPath)}`);
    known.set(path, { type: type === 'hardlink' ? 'file' : type, said: saidOf(member) });
    yield member;
  }
}

interface Known {
  readonly type: TarMember['type'];
  /** Undefined of a folder that no member was of, so far. */
  readonly said: string | undefined;
}

function saidOf({ mode, uid, gid, mtime }: TarMember): string {
  return `${mode} ${uid} ${gid} ${mtime}`;
}

function refuseName(path: FilePath): void {
  if (path.length > longestName) throw new Error(`it has a name of ${path.length} bytes`);
  if (path.includes('\0')) throw new Error(`it has a name with a zero in it: ${showPath(path)}`);
}

/** The folders above a place that have no members of their own; what is no folder cannot be above anything. */
function* missingFolders(path: FilePath, known: Map<FilePath, Known>): Generator<TarMember, void> {
  const missing: FilePath[] = [];
  let at = path;
  while (at !== rootPath) {
    at = parentPath(at);
    const above = known.get(at);
    if (above === undefined) missing.push(at);
    else if (above.type === 'directory') break;
    else throw new Error(`${showPath(path)} lies behind ${showPath(at)}, which is no folder`);
  }
  for (const folder of missing.reverse()) {
    known.set(folder, { type: 'directory', said: undefined });
    yield bareFolder(folder);
  }
}

/** As tools make one that is only named. */
function bareFolder(path: FilePath): TarMember {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0, offset: 0, content: nothing };
}

const nothing: AsyncIterable<Buffer> = {
  async *[Symbol.asyncIterator]() {},
};
