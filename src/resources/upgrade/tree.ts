import type { Readable } from 'node:stream';
import { isEngineFile } from '../../filesystem/engine-files.js';
import { tarMembers } from '../../filesystem/tar.js';
import { readTar } from '../../filesystem/tar-reader.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { withoutMountPoints } from '../mount-points.js';
import type { Placed } from '../place.js';
import type { Entries } from './changes.js';

export interface ReadOptions {
  /** Filled with the names that repeat another. */
  readonly links?: Map<FilePath, FilePath>;
  readonly signal: AbortSignal;
}

/** All of a resource at rest that counts. */
export async function readEntries({ resource, backend, host }: Placed, options: ReadOptions): Promise<Entries> {
  const { links, signal } = options;
  const entries = new Map<FilePath, FileEntry>();
  const points = await backend.mountPoints(resource, host);
  const tar = await backend.exportTree(resource, host, signal);
  try {
    const all = readTar(tar, { hash: true, linked: (path, to) => void links?.set(path, to), signal });
    for await (const entry of withoutMountPoints(all, points))
      if (!isEngineFile(entry.path)) entries.set(entry.path, entry);
  } finally {
    tar.destroy();
  }
  return entries;
}

/** With all names of the files that are among them: they are put there as one file. */
export function withOtherNames(chosen: ReadonlySet<FilePath>, links: ReadonlyMap<FilePath, FilePath>): Set<FilePath> {
  const firsts = new Set([...chosen].map((path) => links.get(path) ?? path));
  const others = [...links].flatMap(([path, to]) => (firsts.has(to) ? [path] : []));
  return new Set([...chosen, ...firsts, ...others]);
}

/** Some of a tree as a tar again. */
export async function* chosenMembers(tar: Readable, chosen: ReadonlySet<FilePath>): AsyncGenerator<Buffer> {
  try {
    for await (const { content, offset: _offset, path, type, target, ...member } of tarMembers(tar)) {
      if (!chosen.has(path) || type === 'character' || type === 'block' || type === 'socket') continue;
      const linked = type === 'hardlink' ? target?.slice(1) : target;
      yield tarHeader({ ...member, name: path.slice(1), type, ...(linked !== undefined && { target: linked }) });
      if (type !== 'file') continue;
      yield* content;
      yield tarPadding(member.size);
    }
    yield tarEnd();
  } finally {
    tar.destroy();
  }
}
