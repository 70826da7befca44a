import { Sides } from '../../filesystem/diff/sides.js';
import type { NodeId } from '../../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { createResolver } from '../../machines/resolver.js';
import { baseName, type FilePath } from '../../model/file-path.js';
import { Sizes } from './sizes.js';

/** The files of one source, as the analyzers of packages look at them. */
export interface PackageFiles {
  /** Names in a folder, in byte order; none where no folder is. */
  names(folder: FilePath): readonly string[];
  /** Whether a folder is there itself, and no link to one. */
  isFolder(path: FilePath): boolean;
  /** As container-diff measures it; undefined where nothing is. */
  size(path: FilePath): number | undefined;
  /** Undefined where no file is. */
  read(path: FilePath): Promise<Buffer | undefined>;
}

/** Those that a trie has under a tag, with the contents of the source that it was read from. */
export function packageFiles(trie: FilesystemTrie, name: string, read: PackageFiles['read']): PackageFiles {
  const sides = new Sides(trie, name, name);
  let sizes: Sizes | undefined;
  const nodeOf = (path: FilePath): NodeId | undefined => {
    const node = trie.nodeAt(path);
    return node !== undefined && sides.has(node, 'one') ? node : undefined;
  };
  const resolve = createResolver((path) => {
    const node = nodeOf(path);
    if (node === undefined) return undefined;
    if (sides.isDirectory(node, 'one')) return { type: 'directory' };
    const { type = 'file', target } = sides.entryOf(node, 'one') ?? {};
    return { type, ...(target !== undefined && { target }) };
  });
  const placed = (path: FilePath, followLast: boolean) => nodeOf(resolve(path, { followLast }).path);
  return {
    names(folder) {
      const node = placed(folder, true);
      return node === undefined ? [] : sides.childrenOf(node, 'one').map((child) => baseName(sides.pathOf(child)));
    },
    isFolder(path) {
      const node = placed(path, false);
      return node !== undefined && sides.isDirectory(node, 'one');
    },
    size(path) {
      const node = placed(path, false);
      sizes ??= new Sizes(sides, 'one');
      return node === undefined ? undefined : sizes.of(node);
    },
    read,
  };
}
