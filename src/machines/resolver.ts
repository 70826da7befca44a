import type { FileType } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';

/** What a resolver must know of one entry; undefined where nothing is. */
export interface Node {
  readonly type: FileType;
  /** Of a symlink. */
  readonly target?: FilePath;
}

/** A link that a path led through: where the link itself is, and what it says. */
export interface PassedLink {
  readonly path: FilePath;
  readonly target: FilePath;
}

/** Where a path ends up. */
export interface Resolution {
  /** Free of links, `.` and `..`; of what is missing, as far as it was resolved with the rest appended. */
  readonly path: FilePath;
  /** In the order they were met. */
  readonly links: readonly PassedLink[];
  readonly end: 'found' | 'missing' | 'loop' | 'not-a-directory';
}

export interface ResolveOptions {
  /** Whether a last component that is a link is followed (`stat`) or not (`lstat`). Default true. */
  readonly followLast?: boolean;
}

/** Resolves absolute paths below one root as the kernel would after a chroot into it. */
export type Resolver = (path: FilePath, options?: ResolveOptions) => Resolution;

/** As many links as Linux follows in one path. */
const linkLimit = 40;

/**
 * The one link resolver. `lookup` says what is at a path whose parents are no links; every answer is kept, so a
 * resolver lives as long as the entries can be taken for unchanged. `..` never leaves the root.
 */
export function createResolver(lookup: (path: FilePath) => Node | undefined): Resolver {
  const known = new Map<FilePath, Node | undefined>();
  const parents = new Map<FilePath, Resolution>();
  const nodeAt = (path: FilePath): Node | undefined => {
    if (path === '/') return { type: 'directory' };
    if (known.has(path)) return known.get(path);
    const node = lookup(path);
    known.set(path, node);
    return node;
  };

  return (path, options = {}) => {
    const follow = options.followLast ?? true;
    const slash = path.lastIndexOf('/');
    const last = path.slice(slash + 1);
    if (slash <= 0 || last === '' || last === '.' || last === '..') return walk(path, nodeAt, follow);
    const folder = parentPath(path);
    let start = parents.get(folder);
    if (start === undefined) {
      start = walk(folder, nodeAt, true);
      parents.set(folder, start);
    }
    if (start.end !== 'found') return { ...start, path: append(start.path, [last]) };
    return walk(path, nodeAt, follow, { at: start.path, rest: [last], links: [...start.links] });
  };
}

interface Progress {
  at: FilePath;
  readonly rest: string[];
  readonly links: PassedLink[];
}

function walk(
  path: FilePath,
  nodeAt: (path: FilePath) => Node | undefined,
  followLast: boolean,
  from: Progress = { at: '/' as FilePath, rest: componentsOf(path), links: [] },
): Resolution {
  const { rest, links } = from;
  let at = from.at;
  rest.reverse();
  for (;;) {
    const part = rest.pop();
    if (part === undefined) return { path: at, links, end: 'found' };
    if (nodeAt(at)?.type !== 'directory') {
      return { path: append(at, [part, ...rest.reverse()]), links, end: 'not-a-directory' };
    }
    if (part === '.') continue;
    if (part === '..') {
      at = parentPath(at);
      continue;
    }
    const next = append(at, [part]);
    const node = nodeAt(next);
    if (node === undefined) return { path: append(next, rest.reverse()), links, end: 'missing' };
    if (node.target === undefined || (rest.length === 0 && !followLast)) {
      at = next;
      continue;
    }
    if (links.length >= linkLimit) return { path: append(next, rest.reverse()), links, end: 'loop' };
    links.push({ path: next, target: node.target });
    if (node.target.startsWith('/')) at = '/' as FilePath;
    rest.push(...componentsOf(node.target).reverse());
  }
}

/** A trailing slash asks for a directory, as `.` at the end does. */
function componentsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > 0 && path.endsWith('/')) parts.push('.');
  return parts;
}

function append(path: FilePath, parts: readonly string[]): FilePath {
  return (parts.length === 0 ? path : `${path === '/' ? '' : path}/${parts.join('/')}`) as FilePath;
}
