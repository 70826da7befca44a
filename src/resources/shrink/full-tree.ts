import { tarMembers } from '../../filesystem/tar.js';
import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import { type TreeView, treeView } from '../../proof/entries.js';
import { withoutMountPoints } from '../mount-points.js';
import type { Placed } from '../place.js';

/** How large an environment is. */
export interface TreeSize {
  readonly files: number;
  /** Bytes of all its files. */
  readonly size: number;
  /** Bytes of all of it as one tar, such as the layer of an image is. */
  readonly tar: number;
}

/** All that a resource has, at rest. */
export interface FullTree extends TreeSize {
  readonly view: TreeView;
  readonly paths: ReadonlySet<FilePath>;
  /** Of a name that repeats another in the tree's tar, that one. */
  readonly hardlinks: ReadonlyMap<FilePath, FilePath>;
}

/** Reads a resource's tree once, without its contents. */
export async function readTree({ resource, backend, host }: Placed, signal: AbortSignal): Promise<FullTree> {
  const trie = new FilesystemTrie<FileEntry>();
  const hardlinks = new Map<FilePath, FilePath>();
  const paths = new Set<FilePath>();
  let files = 0;
  let size = 0;
  let length = 0;
  const tar = await backend.exportTree(resource, host, signal);
  try {
    const points = await backend.mountPoints(resource, host);
    const counted = async function* () {
      for await (const chunk of tar as AsyncIterable<Buffer>) {
        length += chunk.length;
        yield chunk;
      }
    };
    for await (const member of withoutMountPoints(tarMembers(counted()), points)) {
      const { content: _content, offset: _offset, type, target, ...rest } = member;
      paths.add(member.path);
      size += member.size;
      if (type === 'file') files++;
      if (type === 'hardlink') {
        if (target !== undefined) hardlinks.set(member.path, target);
        trie.insert({ ...rest, type: 'file' });
      } else trie.insert({ ...rest, type, ...(target === undefined ? {} : { target }) });
    }
  } finally {
    tar.destroy();
  }
  return { view: treeView(trie), paths, hardlinks, files, size, tar: length };
}
