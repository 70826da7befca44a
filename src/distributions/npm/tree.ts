import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';

/** A folder of packages, and the part of a path that is the name of one: nothing that begins with a dot. */
const position = /\/node_modules\/((?:@[^/]+\/)?[^./@][^/]*)(?=\/|$)/g;

/** The folders of packages that a path is or lies in, outermost first: https://nodejs.org/api/modules.html */
export function packageFolders(path: FilePath): FilePath[] {
  return [...path.matchAll(position)].map(({ index, 0: part }) => path.slice(0, index + part.length) as FilePath);
}

/** The outermost node_modules folder that a path is or lies in. */
export function treeOf(path: FilePath): FilePath | undefined {
  return /^.*?\/node_modules(?=\/|$)/.exec(path)?.[0] as FilePath | undefined;
}

/** Where Node looks for a package that the code of a folder asks for, nearest first, no further up than the tree. */
export function candidates(name: string, folder: FilePath, tree: FilePath): FilePath[] {
  const found: FilePath[] = [];
  for (let at = folder; at.length >= tree.length; at = parentPath(at)) {
    const modules = at.endsWith('/node_modules') ? at : joinPath(at, 'node_modules');
    const candidate = joinPath(modules, name);
    if (!found.includes(candidate)) found.push(candidate);
  }
  return found;
}

/** A path as a glob that matches it: what would be a pattern matches any one character. */
export function asGlob(path: FilePath): string {
  return path.replace(/[*?[\]{}\\]/g, '?');
}

/** Files of package managers in a node_modules folder that say what they put there. */
const recordNames = ['.package-lock.json', '.pnpm/lock.yaml', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'];

/** The records that package managers may have left in a tree. */
export function recordsOf(tree: FilePath): FilePath[] {
  return recordNames.map((name) => joinPath(tree, name));
}

export function isRecord(path: FilePath): boolean {
  return recordNames.some((name) => path.endsWith(`/node_modules/${name}`));
}
