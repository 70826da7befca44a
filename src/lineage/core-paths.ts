import type { NodeId } from '../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';

/**
 * What is often stripped from images, or is made by what runs in them: whether a path is there says little of what an
 * image stands on.
 */
const strippedFolders = [
  ...['/dev', '/proc', '/sys', '/tmp', '/run', '/boot', '/etc/alternatives'],
  ...['/var/cache', '/var/log', '/var/run', '/var/lib/apt', '/var/lib/yum'],
  ...['bash-completion', 'doc', 'doc-base', 'info', 'lintian', 'locale', 'man', 'perl5'].map(
    (name) => `/usr/share/${name}`,
  ),
];
/** What is installed for one Python is at other paths for the next, and is much of a small image. */
const strippedPrefixes = [['/usr/lib', 'python']] as const;

/** Folders of every system; anything else at the top was put there by whoever made the image. */
const systemFolders = new Set(
  'bin boot dev etc lib lib32 lib64 libx32 lost+found media mnt proc run sbin sys tmp usr var'.split(' '),
);
/** What engines leave in every image of theirs. */
const enginesOwn = new Set(['singularity', 'environment', 'anaconda-post.log', 'root', 'home', 'opt', 'srv']);

/** What a place of a trie says of descent. */
export interface PlaceKinds {
  /** By place: 1 where it is counted. */
  readonly core: Uint8Array;
  /** By place: 1 where people put what is theirs; a child keeps that. */
  readonly local: Uint8Array;
}

export function placeKinds(trie: FilesystemTrie): PlaceKinds {
  const core = new Uint8Array(trie.nodeCount).fill(1);
  const local = new Uint8Array(trie.nodeCount);
  core[trie.root] = 0;
  for (const folder of strippedFolders) setBelow(trie, trie.nodeAt(folder), core, 0);
  for (const [folder, prefix] of strippedPrefixes) {
    for (const child of childrenAt(trie, folder))
      if (trie.nameOf(child).startsWith(prefix)) setBelow(trie, child, core, 0);
  }
  for (const child of childrenAt(trie, '/')) {
    const name = trie.nameOf(child);
    if (!systemFolders.has(name) && !enginesOwn.has(name) && !name.startsWith('.')) setBelow(trie, child, local, 1);
  }
  for (const folder of ['/usr/local', '/opt', '/srv', '/home', '/root']) {
    for (const child of childrenAt(trie, folder))
      if (!trie.nameOf(child).startsWith('.')) setBelow(trie, child, local, 1);
  }
  return { core, local };
}

function childrenAt(trie: FilesystemTrie, path: string): NodeId[] {
  const node = trie.nodeAt(path);
  return node === undefined ? [] : [...trie.childrenOf(node)];
}

function setBelow(trie: FilesystemTrie, from: NodeId | undefined, kinds: Uint8Array, value: 0 | 1): void {
  const pending = from === undefined ? [] : [from];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    kinds[node] = value;
    pending.push(...trie.childrenOf(node));
  }
}
