import type { FileKind } from '../model/file-entry.js';
import { type FilePath, joinPath, parentPath } from '../model/file-path.js';
import type { FileView, Machine } from './machine.js';
import { systemError } from './system-errors.js';

/** A machine as it is without some of its files, and without what is in hidden folders: they are nowhere. */
export function withoutFiles(machine: Machine, isHidden: (path: FilePath) => boolean): Machine {
  return { ...machine, files: filesWithout(machine.files, isHidden) };
}

function filesWithout(files: FileView, isHidden: (path: FilePath) => boolean): FileView {
  const { part } = files;
  const check = (path: FilePath): void => {
    if (isHidden(path)) throw systemError('ENOENT', path);
  };
  const seen = (paths: readonly FilePath[]) => paths.filter((path) => !isHidden(path));
  return {
    lstat: async (path) => (isHidden(path) ? undefined : files.lstat(path)),
    async list(path) {
      check(path);
      return (await files.list(path)).filter((name) => !isHidden(joinPath(path, name)));
    },
    async read(path) {
      check(path);
      return files.read(path);
    },
    stream(path) {
      check(path);
      return files.stream(path);
    },
    ...(part && {
      async part(path, offset, length) {
        check(path);
        return part(path, offset, length);
      },
    }),
    async *entries(paths, options) {
      for await (const [path, entry] of files.entries(paths, options)) yield [path, isHidden(path) ? undefined : entry];
    },
    async kinds(paths, options) {
      return (await files.kinds(paths, options)).map(([path, kind]) => [path, isHidden(path) ? undefined : kind]);
    },
    async gather(globs, signal, unreadable) {
      const found = await files.gather(globs, signal, unreadable);
      return new Map([...found].filter(([path]) => !isHidden(path)));
    },
    contents: (paths, options) => files.contents(seen(paths), options),
    async *walk(root, options) {
      const isShown = shownIn(isHidden);
      for await (const entry of files.walk(root, options)) if (isShown(entry)) yield entry;
    },
    async *walkKinds(root, options) {
      const isShown = shownIn(isHidden);
      for await (const kinds of files.walkKinds(root, options)) yield kinds.filter(isShown);
    },
  };
}

/** Whether an entry of a walk, which has folders before what they hold, is neither hidden nor in a hidden folder. */
function shownIn(isHidden: (path: FilePath) => boolean): (entry: FileKind) => boolean {
  const hidden = new Set<FilePath>();
  return ({ path }) => {
    const isShown = !isHidden(path) && !hidden.has(parentPath(path));
    if (!isShown) hidden.add(path);
    return isShown;
  };
}
