import { type FilePath, isWithin } from '../model/file-path.js';

/** An entry of a tree, or a member of its tar. */
interface Mountable {
  readonly path: FilePath;
  readonly type: string;
  readonly size: number;
}

/**
 * The entries of a tree but those that were only made to show files of the host on: as long as they are empty. What a
 * folder holds comes right after it.
 */
export async function* withoutMountPoints<T extends Mountable>(
  entries: AsyncIterable<T>,
  points: ReadonlySet<FilePath>,
): AsyncGenerator<T> {
  let held: T[] = [];
  for await (const entry of entries) {
    held = held.filter(({ path }) => isWithin(entry.path, path));
    const isPoint = points.has(entry.path);
    if (isPoint && entry.type === 'directory') held.push(entry);
    else if (!(isPoint && entry.type === 'file' && entry.size === 0)) {
      yield* held;
      held = [];
      yield entry;
    }
  }
}
