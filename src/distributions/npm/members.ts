import type { FileEntry } from '../../model/file-entry.js';
import { baseName, comparePaths, type FilePath, joinPath, normalizePath, parentPath } from '../../model/file-path.js';
import type { Closure } from './closure.js';
import type { InstalledTrees } from './installed-tree.js';
import { programNames } from './package-json.js';
import { isRecord, packageFolders } from './tree.js';

/** What of the trees belongs to the closure. */
export interface Members {
  /** By the folder of its package; the folder itself comes first. */
  readonly packages: ReadonlyMap<FilePath, readonly FileEntry[]>;
  /** What no package has, by the tree: folders, links to programs and packages, records of the package manager. */
  readonly rest: ReadonlyMap<FilePath, readonly FileEntry[]>;
}

/** Sorts the entries of the trees (`above`: folders that these lie in) to the packages of the closure and the rest. */
export function membersOf(
  entries: ReadonlyMap<FilePath, FileEntry>,
  above: ReadonlyMap<FilePath, FileEntry>,
  closure: Closure,
  trees: InstalledTrees,
): Members {
  const packages = new Map<FilePath, FileEntry[]>(closure.packages.map(({ folder }) => [folder, []]));
  const programs = new Set(closure.packages.flatMap(({ json }) => programNames(json)));
  const rest = new Map<FilePath, Map<FilePath, FileEntry>>();
  for (const { tree } of closure.packages) rest.set(tree, new Map());
  for (const entry of entries.values()) {
    const owner = isLinkedPackage(entry) ? undefined : trees.packageOf(entry.path);
    const own = owner && packages.get(owner.folder);
    own?.push(entry);
    if (owner ? own && entry.type === 'directory' : isKept(entry)) keep(entry);
  }
  return {
    packages,
    rest: new Map([...rest].map(([tree, kept]) => [tree, [...kept.values()].sort(byPath)])),
  };

  function isKept(entry: FileEntry): boolean {
    const { path, type } = entry;
    if (isRecord(path)) return !trees.isPrivate(path);
    if (type === 'symlink') return closure.links.has(path) || leadsToPackage(entry);
    return type === 'file' && path.includes('/node_modules/.bin/') && programs.has(baseName(path));
  }

  function leadsToPackage({ path, target = path }: FileEntry): boolean {
    const found = trees.packageOf(normalizePath(joinPath(parentPath(path), target)));
    return found !== undefined && packages.has(found.folder);
  }

  /** With all folders on the way to it. */
  function keep(entry: FileEntry): void {
    const kept = [...rest].find(([tree]) => entry.path.startsWith(`${tree}/`))?.[1];
    for (let at: FileEntry | undefined = entry; kept && at && !kept.has(at.path); ) {
      kept.set(at.path, at);
      const parent = parentPath(at.path);
      at = parent === '/' ? undefined : (entries.get(parent) ?? above.get(parent));
    }
  }
}

/** A link at the place of a package is none. */
function isLinkedPackage({ path, type }: FileEntry): boolean {
  return type === 'symlink' && packageFolders(path).at(-1) === path;
}

function byPath(a: FileEntry, b: FileEntry): number {
  return comparePaths(a.path, b.path);
}
