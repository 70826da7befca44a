import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { AskedEntry, EntriesOptions, FileView } from './machine.js';

/** What was seen of a machine's files already. */
export interface SeenEntries {
  /** By their places, each with all folders above it. */
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
  /** Folders below which everything was seen, but for what the kernel makes up. */
  readonly walked: readonly FilePath[];
}

/** The view of a machine that is not asked again about what was seen of it. Contents and hashes it is asked for. */
export function seenFiles(files: FileView, seen: SeenEntries): FileView {
  const walked = new Map<FilePath, boolean>(seen.walked.map((root) => [root, true]));
  const isWalked = (folder: FilePath): boolean => {
    const known = walked.get(folder) ?? (folder !== '/' && isWalked(parentPath(folder)));
    walked.set(folder, known);
    return known;
  };
  const answer = (path: FilePath): FileEntry | undefined | 'unknown' => {
    const entry = seen.entries.get(path);
    if (entry !== undefined) return entry;
    const folder = parentPath(path);
    if (seen.entries.get(folder)?.type !== 'directory' || isKernelPath(path)) return 'unknown';
    return isWalked(folder) ? undefined : 'unknown';
  };
  return {
    ...files,
    async lstat(path) {
      const known = answer(path);
      return known === 'unknown' ? files.lstat(path) : known;
    },
    entries: (paths, options) => entriesOf(paths, files, answer, options),
  };
}

async function* entriesOf(
  paths: readonly FilePath[],
  files: FileView,
  answer: (path: FilePath) => FileEntry | undefined | 'unknown',
  options: EntriesOptions = {},
): AsyncGenerator<AskedEntry> {
  if (options.hash) {
    yield* files.entries(paths, options);
    return;
  }
  const answers = paths.map(answer);
  const rest = files
    .entries(
      paths.filter((_, at) => answers[at] === 'unknown'),
      options,
    )
    [Symbol.asyncIterator]();
  for (const [at, path] of paths.entries()) {
    const known = answers[at];
    if (known !== 'unknown') yield [path, known];
    else {
      const { value, done } = await rest.next();
      yield done ? [path, undefined] : value;
    }
  }
}
