import { listIfThere, readIfThere } from '../../machines/if-there.js';
import type { Machine } from '../../machines/machine.js';
import { systemError } from '../../machines/system-errors.js';
import { baseName, type FilePath, joinPath } from '../../model/file-path.js';

/** The files that objects are in, wherever the machine is; what is there and cannot be read is thrown. */
export interface ObjectFiles {
  /** Indexes of packs. */
  readonly packIndexes: readonly FilePath[];
  whole(path: FilePath): Promise<Buffer | undefined>;
  /** So many bytes from there; fewer at the end of the file. */
  part(path: FilePath, offset: number, length: number): Promise<Buffer>;
}

/** As much as is fetched of a machine whose files cannot be read in parts. */
const fetchedBytes = 256 * 1024 * 1024;

/**
 * Opens folders of objects. Where a part of a file can be had for what the part costs, only parts are read; elsewhere
 * each read would be a round trip, so that everything is had at once.
 */
export async function openObjectFiles({ files }: Machine, folders: readonly FilePath[]): Promise<ObjectFiles> {
  const { part } = files;
  if (part) {
    const packs = await Promise.all(
      folders.map(async (folder) => {
        const at = joinPath(folder, 'pack' as FilePath);
        const names = await listIfThere(files, at);
        return names.filter((name) => name.endsWith('.idx')).map((name) => joinPath(at, name));
      }),
    );
    return {
      packIndexes: packs.flat(),
      whole: (path) => readIfThere(files, path),
      part: (path, offset, length) => part(path, offset, length),
    };
  }
  return await fetchAll(files, folders);
}

async function fetchAll(files: Machine['files'], folders: readonly FilePath[]): Promise<ObjectFiles> {
  const wanted: FilePath[] = [];
  let bytes = 0;
  for (const folder of folders) {
    for await (const { path, type, size, unreadable } of files.walk(folder)) {
      if (unreadable !== undefined) throw systemError(unreadable, path);
      const isObject = /\/(?:[0-9a-f]{2}\/[0-9a-f]{38,62}|pack\/pack-[0-9a-f]+\.(?:idx|pack))$/.test(path);
      if (type !== 'file' || !isObject) continue;
      bytes += size;
      wanted.push(path);
    }
  }
  if (bytes > fetchedBytes) throw new Error(`its objects are ${bytes} bytes, more than are fetched to be looked at`);
  const contents = new Map<FilePath, Buffer>();
  for await (const { path, content } of files.contents(wanted)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    contents.set(path, Buffer.concat(chunks));
  }
  const unread = wanted.find((path) => !contents.has(path));
  if (unread !== undefined) throw systemError('EACCES', unread);
  return {
    packIndexes: [...contents.keys()].filter((path) => baseName(path).endsWith('.idx')),
    whole: async (path) => contents.get(path),
    part: async (path, offset, length) => (contents.get(path) ?? Buffer.alloc(0)).subarray(offset, offset + length),
  };
}
