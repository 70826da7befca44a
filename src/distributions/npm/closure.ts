import type { Machine } from '../../machines/machine.js';
import { createResolver } from '../../machines/resolver.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath } from '../../model/file-path.js';
import type { InstalledPackage, InstalledTrees } from './installed-tree.js';
import { asGlob, candidates, packageFolders } from './tree.js';

/** Used packages with all that they depend on, as Node finds it. */
export interface Closure {
  /** In byte order of their folders. */
  readonly packages: readonly InstalledPackage[];
  /** Links in node_modules folders that lead from one to another, or to a workspace. */
  readonly links: ReadonlySet<FilePath>;
  /** Folders of the packages that each depends on, by its own. */
  readonly needs: ReadonlyMap<FilePath, ReadonlySet<FilePath>>;
  /** What is missing, as whole sentences, by the folder of who needs it. */
  readonly problems: ReadonlyMap<FilePath, readonly string[]>;
}

/** Reads the package.json of every package among the entries, in one pass. */
export async function learnPackages(
  entries: ReadonlyMap<FilePath, FileEntry>,
  trees: InstalledTrees,
  machine: Machine,
): Promise<void> {
  const wanted = [...entries.values()].flatMap(({ path, type }) => {
    const folder = parentPath(path);
    const isPackage = type === 'file' && path === `${folder}/package.json` && packageFolders(folder).at(-1) === folder;
    return isPackage && !trees.knows(folder) ? [path] : [];
  });
  trees.add(await machine.files.gather(wanted.map(asGlob)));
}

/** `entries` has all that is in the trees of the used packages. */
export function closureOf(
  used: Iterable<InstalledPackage>,
  entries: ReadonlyMap<FilePath, FileEntry>,
  trees: InstalledTrees,
): Closure {
  const packages = new Map<FilePath, InstalledPackage>();
  const links = new Set<FilePath>();
  const needs = new Map<FilePath, Set<FilePath>>();
  const problems = new Map<FilePath, string[]>();
  // Beyond the trees, in a workspace, nothing was looked at.
  const resolve = createResolver((path) => entries.get(path) ?? { type: 'directory' });
  const waiting = [...used];
  for (let each = waiting.pop(); each; each = waiting.pop()) {
    if (packages.has(each.folder)) continue;
    packages.set(each.folder, each);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = each.json;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = candidates(name, each.folder, each.tree).find((folder) => entries.has(folder));
      if (found !== undefined) follow(found, each.folder);
      else if (name in dependencies && !(name in optionalDependencies)) {
        const known = problems.get(each.folder) ?? [];
        problems.set(each.folder, [...known, `It needs ${name}, which is not installed where it would be found.`]);
      }
    }
  }
  const ordered = [...packages.values()].sort((a, b) => comparePaths(a.folder, b.folder));
  return { packages: ordered, links, needs, problems };

  function follow(folder: FilePath, by: FilePath): void {
    const { path, links: passed, end } = resolve(folder);
    for (const link of passed) links.add(link.path);
    const found = end === 'found' ? trees.packageOf(path) : undefined;
    if (!found || found.folder === by) return;
    waiting.push(found);
    needs.set(by, (needs.get(by) ?? new Set()).add(found.folder));
  }
}
