import type { Access } from '../../model/access.js';
import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';
import type { FullTree } from './full-tree.js';

type Tree = Pick<FullTree, 'view' | 'hardlinks'>;

/**
 * What must be of a tree for these paths to lead where they lead in all of it: their ends, the links and folders on the
 * way, and of what is not there the folder that says so.
 */
export function keptPaths(tree: Tree, asked: Iterable<FilePath>): Set<FilePath> {
  const kept = new Set<FilePath>(['/' as FilePath]);
  const keep = (path: FilePath) => {
    for (let at = path; !kept.has(at); at = parentPath(at)) kept.add(at);
  };
  for (const path of asked) for (const each of wayTo(path, tree)) keep(each);
  return kept;
}

/** What was asked for of what a tree has, and is not among what was kept of it. */
export function missingFrom(kept: ReadonlySet<FilePath>, tree: Tree, accesses: readonly Access[]): FilePath[] {
  const missing = accesses.filter(({ path }) => wayTo(path, tree).some((each) => !kept.has(each)));
  return [...new Set(missing.map(({ path }) => path))];
}

/** What lies in folders that were listed: its names were seen, though it was not used itself. */
export function listedIn({ view }: Pick<Tree, 'view'>, accesses: readonly Access[]): FilePath[] {
  const folders = accesses.filter(({ uses }) => uses.includes('listed')).map(({ path }) => view.resolve(path).path);
  return [...new Set(folders)].flatMap((folder) => view.names(folder).map((name) => joinPath(folder, name)));
}

function wayTo(path: FilePath, { view, hardlinks }: Tree): FilePath[] {
  if (!path.startsWith('/')) return [];
  const { path: real, links, end } = view.resolve(path);
  const way = links.map((link) => link.path);
  let last = real;
  if (end !== 'found') while (view.entry(last) === undefined && last !== '/') last = parentPath(last);
  const repeated = hardlinks.get(last);
  return [...way, last, ...(repeated === undefined ? [] : [repeated])];
}
