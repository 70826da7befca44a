import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';

/** One label on the way to a path. A node without an entry was only passed through. */
export interface TrieNode {
  readonly label: string;
  readonly path: FilePath;
  readonly entry: FileEntry | undefined;
}

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
  static async of(entries: AsyncIterable<FileEntry> | Iterable<FileEntry>): Promise<FilesystemTrie> {
    const trie = new FilesystemTrie();
    for await (const entry of entries) trie.insert(entry);
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

  /** Every node from below the root to `path`; ends early where the path leaves the tree. */
  trace(path: FilePath): TrieNode[] {
    const passed: TrieNode[] = [];
    let node: Node | undefined = this.root;
    let at = '';
    for (const label of labelsOf(path)) {
      node = node.children?.get(label);
      if (!node) break;
      at += `/${label}`;
      passed.push({ label, path: at as FilePath, entry: node.entry });
    }
    return passed;
  }

  /** Names in a directory, in byte order. */
  children(path: FilePath): FilePath[] {
    return [...(this.nodeAt(path)?.children?.keys() ?? [])].sort(comparePaths) as FilePath[];
  }

  /** Takes an entry out with everything below it; returns how many entries went. */
  remove(path: FilePath): number {
    const labels = labelsOf(path);
    const last = labels.pop();
    const parent = this.nodeAt(`/${labels.join('/')}` as FilePath);
    if (last === undefined || !parent) return 0;
    const removed = countBelow(parent.children?.get(last));
    parent.children?.delete(last);
    this.count -= removed;
    return removed;
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

function countBelow(node: Node | undefined): number {
  if (!node) return 0;
  let count = node.entry ? 1 : 0;
  for (const child of node.children?.values() ?? []) count += countBelow(child);
  return count;
}

function labelsOf(path: FilePath): string[] {
  return path.split('/').filter((label) => label !== '');
}
