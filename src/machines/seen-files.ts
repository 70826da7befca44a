import { type FileEntry, type FileKind, isWhole } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { AskedEntry, FileView } from './machine.js';

/** What was seen of a machine's files already. */
export interface SeenEntries {
  /** By their places, each with all folders above it. */
  readonly entries: ReadonlyMap<FilePath, FileKind>;
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
  const kindAnswer = (path: FilePath): FileKind | undefined | 'unknown' => {
    const entry = seen.entries.get(path);
    if (entry !== undefined) return entry;
    const folder = parentPath(path);
    if (seen.entries.get(folder)?.type !== 'directory' || isKernelPath(path)) return 'unknown';
    return isWalked(folder) ? undefined : 'unknown';
  };
  const answer = (path: FilePath): FileEntry | undefined | 'unknown' => {
    const known = kindAnswer(path);
    return known === undefined || known === 'unknown' || isWhole(known) ? known : 'unknown';
  };
  return {
    ...files,
    async lstat(path) {
      const known = answer(path);
      return known === 'unknown' ? files.lstat(path) : known;
    },
    entries: (paths, options) =>
      options?.hash ? files.entries(paths, options) : answered(paths, answer, (rest) => files.entries(rest, options)),
    async kinds(paths, options) {
      const answers = paths.map(kindAnswer);
      const rest = await files.kinds(
        paths.filter((_, at) => answers[at] === 'unknown'),
        options,
      );
      let next = 0;
      return paths.map((path, at) => {
        const known = answers[at];
        return known === 'unknown' ? (rest[next++] ?? [path, undefined]) : [path, known];
      });
    },
  };
}

/** In the order asked: what is known, and all else as the machine has it. */
async function* answered(
  paths: readonly FilePath[],
  answer: (path: FilePath) => FileEntry | undefined | 'unknown',
  ask: (rest: readonly FilePath[]) => AsyncIterable<AskedEntry>,
): AsyncGenerator<AskedEntry> {
  const answers = paths.map(answer);
  const rest = ask(paths.filter((_, at) => answers[at] === 'unknown'))[Symbol.asyncIterator]();
  for (const [at, path] of paths.entries()) {
    const known = answers[at];
    if (known !== 'unknown') yield [path, known];
    else {
      const { value, done } = await rest.next();
      yield done ? [path, undefined] : value;
    }
  }
}
