import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';

interface Node {
  readonly label: string;
  entry: FileEntry | undefined;
  children: Map<string, Node> | undefined;
}

/** A filesystem as a prefix tree over the parts of its paths: what snapshots are compared by. */
export class FilesystemTrie {
  private readonly root: Node = { label: '/', entry: undefined, children: undefined };
  private count = 0;

  /** Collects a stream of entries, in any order. */
  static async of(
    entries: AsyncIterable<FileEntry> | Iterable<FileEntry>,
    signal?: AbortSignal,
  ): Promise<FilesystemTrie> {
    const trie = new FilesystemTrie();
    for await (const entry of entries) {
      signal?.throwIfAborted();
      trie.insert(entry);
    }
    return trie;
  }

  /** The number of entries, not of labels. */
  get size(): number {
    return this.count;
  }

  /** Puts an entry at its path; one that is there already is replaced. */
  insert(entry: FileEntry): void {
    let node = this.root;
    for (const label of labelsOf(entry.path)) {
      node.children ??= new Map();
      let child = node.children.get(label);
      if (!child) {
        child = { label, entry: undefined, children: undefined };
        node.children.set(label, child);
      }
      node = child;
    }
    if (!node.entry) this.count++;
    node.entry = entry;
  }

  find(path: FilePath): FileEntry | undefined {
    return this.nodeAt(path)?.entry;
  }

  /** Names in a directory, in byte order. */
  children(path: FilePath): FilePath[] {
    return [...(this.nodeAt(path)?.children?.keys() ?? [])].sort(comparePaths) as FilePath[];
  }

  /** Every entry, parents first and siblings in byte order. */
  *[Symbol.iterator](): Generator<FileEntry, void> {
    yield* entriesBelow(this.root);
  }

  private nodeAt(path: FilePath): Node | undefined {
    let node: Node | undefined = this.root;
    for (const label of labelsOf(path)) {
      node = node.children?.get(label);
      if (!node) return undefined;
    }
    return node;
  }
}

function* entriesBelow(node: Node): Generator<FileEntry, void> {
  if (node.entry) yield node.entry;
  const children = [...(node.children?.values() ?? [])].sort((a, b) => comparePaths(a.label, b.label));
  for (const child of children) yield* entriesBelow(child);
}

function labelsOf(path: FilePath): string[] {
  return path.split('/').filter((label) => label !== '');
}
