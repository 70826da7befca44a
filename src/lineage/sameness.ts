import type { NodeId } from '../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';

/**
 * What files at one place are the same by: where a link leads, the content, else the size. Undefined of folders, and where
 * nothing is known.
 */
export function contentKey({ values }: FilesystemTrie, row: number): string | undefined {
  if (values.type(row) === 'directory') return undefined;
  const size = values.size(row);
  return values.target(row) ?? values.hash(row) ?? (size === undefined ? undefined : String(size));
}

/** Lists that name no types give folders the size of all in them; what has entries below it is one. */
export function isFolder(trie: FilesystemTrie, node: NodeId): boolean {
  return !trie.childrenOf(node).next().done;
}
