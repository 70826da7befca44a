import type { NodeId } from '../../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { Subject } from '../subjects.js';

const usual = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
/** How far below /opt a folder of programs is looked for: `/opt/conda/bin`, `/opt/vendor/tool/1.0/bin`. */
const optDepth = 4;

/** Programs by name, with the package that each is of, where that is known. */
export type Programs = ReadonlyMap<string, string | undefined>;

/** What an environment has in the folders where commands are looked for. */
export function programsOf(trie: FilesystemTrie, { name: tag, facts }: Subject): Programs {
  const number = trie.tags.indexOf(tag);
  const has = (node: NodeId) => trie.tagSets.has(trie.setOf(node), number);
  const told = (facts.environment?.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const folders = new Set([...usual, ...told].flatMap((folder) => trie.nodeAt(folder) ?? []));
  for (const folder of binFoldersBelow(trie, trie.nodeAt('/opt'), optDepth)) folders.add(folder);
  const programs = new Map<string, string | undefined>();
  for (const folder of folders) {
    for (const node of trie.childrenOf(folder)) {
      if (!has(node)) continue;
      const row = [...trie.valuesOf(node)].find(({ set }) => trie.tagSets.has(set, number))?.row;
      if (row !== undefined && trie.values.type(row) === 'directory') continue;
      const owner = row === undefined ? undefined : trie.values.package(row);
      programs.set(trie.nameOf(node), owner ?? programs.get(trie.nameOf(node)));
    }
  }
  return programs;
}

function* binFoldersBelow(trie: FilesystemTrie, node: NodeId | undefined, depth: number): Generator<NodeId, void> {
  if (node === undefined || depth === 0) return;
  for (const child of trie.childrenOf(node)) {
    if (trie.nameOf(child) === 'bin') yield child;
    else yield* binFoldersBelow(trie, child, depth - 1);
  }
}
