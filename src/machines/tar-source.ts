import { open } from 'node:fs/promises';
import { tarMembers } from '../filesystem/tar.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, rootPath } from '../model/file-path.js';
import type { FileSource } from './file-source.js';
import { type Packed, packedSource } from './packed-source.js';
import { tarChunks } from './tar-chunks.js';

/** The files of a whole system in a tar on disk, which must stay there as long as they are used. */
export async function tarSource(tar: string): Promise<FileSource> {
  return packedSource(await indexOf(tar));
}

async function indexOf(file: string): Promise<ReadonlyMap<FilePath, Packed>> {
  const packed = new Map<FilePath, Packed>();
  const root: FileEntry = { path: rootPath, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
  packed.set(rootPath, { entry: root, file, offset: 0 });
  await using opened = await open(file);
  for await (const { content: _, offset, type, target, ...rest } of tarMembers(tarChunks(opened))) {
    const linked = type === 'hardlink' && target !== undefined ? packed.get(target) : undefined;
    if (linked) packed.set(rest.path, { ...linked, entry: { ...linked.entry, path: rest.path } });
    if (type === 'hardlink') continue;
    packed.set(rest.path, { entry: { ...rest, type, ...(target === undefined ? {} : { target }) }, file, offset });
  }
  return packed;
}
