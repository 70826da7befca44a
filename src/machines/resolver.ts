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
  /** Free of links, `.` and `..`; of what is not found, as far as it was resolved with the rest appended. */
  readonly path: FilePath;
  /** In the order they were met. */
  readonly links: readonly PassedLink[];
  readonly end: 'found' | 'missing' | 'loop' | 'not-a-directory' | 'unknown';
}

export interface ResolveOptions {
  /** Whether a last component that is a link is followed (`stat`) or not (`lstat`). Default true. */
  readonly followLast?: boolean;
}

/** Resolves absolute paths below one root as the kernel would after a chroot into it. */
export type Resolver = (path: FilePath, options?: ResolveOptions) => Resolution;

/** As many links as Linux follows in one path. */
const linkLimit = 40;

/** What is at a path whose parents are no links; where that is `unknown`, the resolution ends as such. */
type NodeAt = (path: FilePath) => Node | undefined | 'unknown';

/**
 * The one link resolver. The ways to folders are kept, so a resolver lives as long as the entries can be taken for
 * unchanged; what `nodeAt` says is not. `..` never leaves the root.
 */
export function createResolver(nodeAt: NodeAt): Resolver {
  const folders = new Map<FilePath, Resolution>();
  const wayTo = (folder: FilePath): Resolution => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const found = resolve(folder);
    const isFile = found.end === 'found' && !isFolder(nodeAt, found.path);
    const way: Resolution = isFile ? { ...found, end: 'not-a-directory' } : found;
    if (way.end !== 'unknown') folders.set(folder, way);
    return way;
  };
  const resolve: Resolver = (path, { followLast = true } = {}) => {
    const slash = path.lastIndexOf('/');
    if (slash < 0 || endsInDots(path, slash)) return walk(path, nodeAt, followLast);
    const folder = (slash === 0 ? '/' : path.slice(0, slash)) as FilePath;
    const start = wayTo(folder);
    const own = start.path === folder ? path : append(start.path, [path.slice(slash + 1)]);
    if (start.end !== 'found') return { ...start, path: own };
    // Most paths are no links: these need no walk of their own.
    const node = nodeAt(own);
    if (node === undefined) return { path: own, links: start.links, end: 'missing' };
    if (node === 'unknown') return { path: own, links: start.links, end: 'unknown' };
    if (node.target === undefined || !followLast) return { path: own, links: start.links, end: 'found' };
    return walk(path, nodeAt, followLast, {
      at: start.path,
      rest: [path.slice(slash + 1)],
      links: [...start.links],
    });
  };
  return resolve;
}

/** Whether the last component says no name: nothing, `.` or `..`. */
function endsInDots(path: FilePath, slash: number): boolean {
  const length = path.length - slash - 1;
  return length === 0 || (length <= 2 && path.endsWith('.') && path[slash + 1] === '.');
}

interface Progress {
  at: FilePath;
  readonly rest: string[];
  readonly links: PassedLink[];
}

function walk(
  path: FilePath,
  nodeAt: NodeAt,
  followLast: boolean,
  from: Progress = { at: '/' as FilePath, rest: componentsOf(path), links: [] },
): Resolution {
  const { rest, links } = from;
  let at = from.at;
  rest.reverse();
  for (;;) {
    const part = rest.pop();
    if (part === undefined) return { path: at, links, end: 'found' };
    if (!isFolder(nodeAt, at)) {
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
    if (node === 'unknown') return { path: append(next, rest.reverse()), links, end: 'unknown' };
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

function isFolder(nodeAt: NodeAt, path: FilePath): boolean {
  if (path === '/') return true;
  const node = nodeAt(path);
  return node !== 'unknown' && node?.type === 'directory';
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
