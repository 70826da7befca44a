import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { FilePath } from '../../model/file-path.js';
import { type LayerArchive, unreadableLayer } from './layers.js';

/** What files of one layer hold, as its archive has them: no more of it is read than to the last of them. */
export async function layerContents(
  archive: LayerArchive | undefined,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<FilePath, Buffer>> {
  const found = new Map<FilePath, Buffer>();
  if (archive === undefined) return found;
  const wanted = new Set(paths);
  const stream = await archive.open(signal);
  try {
    for await (const { path, type, content } of tarMembers(decompressed(stream, mostOf(archive.size), archive.where))) {
      signal?.throwIfAborted();
      if (type !== 'file' || !wanted.has(path)) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(Buffer.from(chunk));
      found.set(path, Buffer.concat(chunks));
      if (found.size === wanted.size) break;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadableLayer(archive, error);
  } finally {
    stream.destroy();
  }
  return found;
}
