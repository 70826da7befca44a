import { createReadStream } from 'node:fs';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { Packed } from '../packed-source.js';

/** What can be made anywhere: devices and sockets are of the machine that the tree is entered on. */
const kept = ['file', 'directory', 'symlink', 'fifo'] as const;

/** The files of an image as one tar, in order of paths; what lies at one place under several names is linked. */
export async function* packedTar(packed: ReadonlyMap<FilePath, Packed>): AsyncGenerator<Buffer, void> {
  const written = new Map<string, string>();
  const inOrder = [...packed.values()].sort((a, b) => comparePaths(a.entry.path, b.entry.path));
  for (const { entry, file, offset } of inOrder) {
    const { path, type: found, target, ...rest } = entry;
    const type = kept.find((each) => each === found);
    if (type === undefined) continue;
    const name = path.slice(1);
    const place = `${file} ${offset}`;
    const other = type === 'file' && rest.size > 0 ? written.get(place) : undefined;
    if (other !== undefined) {
      yield tarHeader({ ...rest, name, type: 'hardlink', size: 0, target: other });
      continue;
    }
    yield tarHeader({ ...rest, name, type, ...(target === undefined ? {} : { target }) });
    if (type !== 'file' || rest.size === 0) continue;
    written.set(place, name);
    const content = createReadStream(file, { start: offset, end: offset + rest.size - 1, highWaterMark: 1 << 18 });
    yield* content as AsyncIterable<Buffer>;
    yield tarPadding(rest.size);
  }
  yield tarEnd();
}
