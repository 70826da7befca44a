import type { FileEntry, FileType } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { findNames, statEntries } from './stat.js';
import { namesOf, outputOf, placeOf, recordsOf, type ShellTools } from './tools.js';

/** find(1): `%y` type, `%m` mode, ids, size, time with fraction, name, link target; NUL ends each, names are bytes. */
const format = '%y %m %U %G %s %T@\\0%p\\0%l\\0';

/** lstat of places; what is not there is not in the answer. */
export async function* findEntries(
  tools: ShellTools,
  places: readonly FilePath[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  if (places.length === 0) return;
  const names = namesOf(tools, places);
  if (await tools.isGnu()) {
    yield* parseFind(tools, onEach(`-maxdepth 0 -printf '${format}'`), names, signal);
  } else {
    yield* statEntries(tools, names, signal);
  }
}

/** What folders hold. */
export async function* findInside(
  tools: ShellTools,
  folders: readonly FilePath[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  yield* findEach(tools, folders, '-mindepth 1 -maxdepth 1', signal);
}

/** What `find` finds from each of the places, however many. */
async function* findEach(
  tools: ShellTools,
  places: readonly FilePath[],
  depth: string,
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  if (places.length === 0) return;
  const names = namesOf(tools, places);
  if (await tools.isGnu()) {
    yield* parseFind(tools, onEach(`${depth} -printf '${format}'`), names, signal);
  } else {
    yield* statEntries(tools, await findNames(tools, onEach(`${depth} -print0`), names, signal), signal);
  }
}

/** Everything at and below places, in no order; below `exclude` nothing. */
export async function* findBelow(
  tools: ShellTools,
  roots: readonly FilePath[],
  exclude: readonly FilePath[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  if (exclude.length === 0) {
    yield* findEach(tools, roots, '', signal);
    return;
  }
  const print = (await tools.isGnu()) ? ['-printf', format] : ['-print0'];
  const pruned = namesOf(tools, exclude).flatMap((name) => ['-o', '-path', name.replace(/[*?[\]\\]/g, '\\$&')]);
  const prune = pruned.length === 0 ? [] : ['(', ...pruned.slice(1), ')', ...print, '-prune', '-o'];
  const names = [...namesOf(tools, roots), ...prune, ...print];
  if (await tools.isGnu()) yield* parseFind(tools, ['find'], names, signal);
  else yield* statEntries(tools, await findNames(tools, ['find'], names, signal), signal);
}

/** `find` wants paths before its expression, and `xargs` appends them. */
function onEach(expression: string): string[] {
  return ['sh', '-c', `exec find "$@" ${expression}`, 'find'];
}

const letters: Readonly<Record<string, FileType>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  s: 'socket',
  b: 'block',
  c: 'character',
};

async function* parseFind(
  tools: ShellTools,
  tool: readonly string[],
  names: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  for await (const [facts = '', name = '', target = ''] of recordsOf(outputOf(tools, tool, names, signal), 3)) {
    const [letter = '', mode = '', uid, gid, size, time] = facts.split(' ');
    const type = letters[letter];
    if (type === undefined) continue;
    yield {
      path: placeOf(tools, name),
      type,
      mode: Number.parseInt(mode, 8) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      size: type === 'file' ? Number(size) : 0,
      // Whole seconds with a fraction that counts forward also before 1970.
      mtime: Number.parseInt(time ?? '0', 10),
      ...(type === 'symlink' ? { target: target as FilePath } : {}),
    };
  }
}
