import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { createResolver, type Resolution, type Resolver } from '../machines/resolver.js';
import { type FileEntry, showMode } from '../model/file-entry.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Difference, Verdict } from './proof.js';

/** The entries of one tree at rest, by the paths where they really are, with the links among them resolved. */
export interface TreeView {
  entry(path: FilePath): FileEntry | undefined;
  /** Names in a folder, in byte order. */
  names(path: FilePath): FilePath[];
  resolve: Resolver;
}

export function treeView(trie: FilesystemTrie<FileEntry>): TreeView {
  const entry = (path: FilePath) => trie.entry(path);
  // A snapshot need not name every folder above its entries.
  const folder = (path: FilePath) => (trie.children(path).length > 0 ? ({ type: 'directory' } as const) : undefined);
  return {
    entry,
    names: (path) => trie.children(path),
    resolve: createResolver((path) => entry(path) ?? folder(path)),
  };
}

/** The entry that a path leads to, all links followed. */
export function entryBehind(view: TreeView, resolution: Resolution): FileEntry | undefined {
  return resolution.end === 'found' ? view.entry(resolution.path) : undefined;
}

/** The entry itself at a path whose parents may be links. */
export function entryAt(view: TreeView, path: FilePath): FileEntry | undefined {
  return entryBehind(view, view.resolve(path, { followLast: false }));
}

/** What differs between an entry as it was and as it is, the most telling first. Dates are not compared. */
export function compareEntries(expected: FileEntry, found: FileEntry | undefined): Difference[] {
  if (found === undefined) return [{ aspect: 'presence', expected: describeEntry(expected), found: 'nothing' }];
  if (expected.type !== found.type) return [{ aspect: 'type', expected: expected.type, found: found.type }];
  const differences: Difference[] = [];
  const add = (aspect: Difference['aspect'], before: string, after: string) => {
    if (before !== after) differences.push({ aspect, expected: before, found: after });
  };
  if (expected.type === 'symlink') add('link', showPath(targetOf(expected)), showPath(targetOf(found)));
  if (expected.type === 'file') {
    if (expected.hash !== undefined && found.hash !== undefined) add('content', expected.hash, found.hash);
    else add('content', `${expected.size} bytes`, `${found.size} bytes`);
  }
  // The mode of a link means nothing on Linux.
  if (expected.type !== 'symlink') add('mode', showMode(expected.mode), showMode(found.mode));
  add('owner', `${expected.uid}:${expected.gid}`, `${found.uid}:${found.gid}`);
  return differences;
}

/** Links that a path led through on the origin, and that are not the same in the created tree. */
export function compareLinks(links: readonly FilePath[], origin: TreeView, created: TreeView): Difference[] {
  const differences: Difference[] = [];
  for (const path of links) {
    const expected = origin.entry(path);
    const found = entryAt(created, path);
    if (expected?.target === undefined || found?.target === expected.target) continue;
    const aspect = found === undefined ? 'presence' : found.target === undefined ? 'type' : 'link';
    differences.push({
      aspect,
      expected: `${showPath(path)} -> ${showPath(expected.target)}`,
      found: found === undefined ? 'nothing' : describeEntry(found),
    });
  }
  return differences;
}

/** Whether a file's content is not known on one side: that the sizes are equal shows nothing. */
export function isUnread(expected: FileEntry, found: FileEntry | undefined): boolean {
  return expected.type === 'file' && (expected.hash === undefined || found?.hash === undefined);
}

/** The verdict that the first of an entry's differences makes. */
export function verdictOf(differences: readonly Difference[]): Verdict {
  const [first] = differences;
  if (first === undefined) return 'identical';
  switch (first.aspect) {
    case 'presence':
      return 'missing';
    case 'version':
      return 'other-version';
    case 'accounts':
      return 'content';
    default:
      return first.aspect;
  }
}

export function describeEntry(entry: FileEntry): string {
  switch (entry.type) {
    case 'file':
      return entry.hash === undefined
        ? `a file of ${entry.size} bytes`
        : `a file of ${entry.size} bytes, ${entry.hash}`;
    case 'symlink':
      return `a link to ${showPath(targetOf(entry))}`;
    default:
      return `a ${entry.type}`;
  }
}

function targetOf(entry: FileEntry): FilePath {
  return entry.target ?? ('' as FilePath);
}
