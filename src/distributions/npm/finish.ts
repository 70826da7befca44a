import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath, showPath } from '../../model/file-path.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { leftOutOf, type PackedEntry, packing, packingProblems, packTrees } from '../../packaging/repacked-tree.js';
import type { FoundTarball } from './caches.js';
import { closureOf, learnPackages } from './closure.js';
import type { InstalledPackage, InstalledTrees } from './installed-tree.js';
import { lockedPackages } from './locked-packages.js';
import { type Members, membersOf } from './members.js';
import type { NpmLock, NpmManifest } from './schema.js';

/** What the reader learnt until everything was claimed. */
export interface Claimed {
  readonly context: FinishContext;
  readonly trees: InstalledTrees;
  readonly nodes: readonly FilePath[];
  readonly tarballs: (
    packages: readonly InstalledPackage[],
  ) => Promise<ReadonlyMap<FilePath, FoundTarball | undefined>>;
}

/** Closes over what was used, finds which tarballs are the same as what is installed, and packs all else. */
export async function finish(claimed: Claimed): Promise<Finished<NpmManifest, NpmLock>> {
  const { context, trees, nodes } = claimed;
  const { machine } = context;
  const used = usedPackages(claimed);
  const roots = [...new Set([...used.values()].map(({ tree }) => tree))].sort(comparePaths);
  const { entries, above } = await walkTrees(roots, context);
  await learnPackages(entries, trees, machine);
  const closure = closureOf(used.values(), entries, trees);
  const members = membersOf(entries, above, closure, trees);
  const tarballs = await claimed.tarballs(closure.packages);
  const { packages, notes, leftOut } = await lockedPackages({ context, closure, members, tarballs, used });
  const rest = await packTrees(restOf(members), packing(context));
  const problems = [...rest.values()].flatMap(packingProblems);
  const restLeftOut = leftOutOf(rest.values());
  const lock: NpmLock = {
    name: 'npm',
    trees: roots.map((path) => {
      const packed = rest.get(path);
      const content = packed && 'hash' in packed ? { rest: packed.hash } : {};
      return { path: showPath(path), manager: managerOf(path, entries), ...content };
    }),
    packages,
    node: nodesOf(nodes, context),
  };
  const files = [...members.packages.values(), ...members.rest.values()].flat();
  return {
    manifest: { name: 'npm', trees: roots.map((path) => describeTree(path, used)) },
    lock,
    files: [...new Set(files.map(({ path }) => path))].filter((path) => !leftOut.has(path) && !restLeftOut.has(path)),
    notes: [...problems, ...notes],
    epoch: files.reduce((newest, { type, mtime }) => (type === 'file' ? Math.max(newest, mtime) : newest), 0),
  };
}

/** By their folders: packages that a run used, or that something which stands on them needs. */
function usedPackages({ context, trees }: Claimed): Map<FilePath, InstalledPackage> {
  const used = new Map<FilePath, InstalledPackage>();
  const folders = [...context.owned.map((owner) => owner.package?.at), ...context.needed.map(({ at }) => at)];
  for (const at of folders) {
    const found = at === undefined || context.isNew?.(at) ? undefined : trees.at(at);
    if (found) used.set(found.folder, found);
  }
  return used;
}

/** All that is in the trees, and the folders that these lie in: one pass for each tree. */
async function walkTrees(roots: readonly FilePath[], { machine: { files }, signal }: FinishContext) {
  const entries = new Map<FilePath, FileEntry>();
  const parents = new Set<FilePath>();
  for (const root of roots) {
    for await (const entry of files.walk(root, signal ? { signal } : {})) entries.set(entry.path, entry);
    for (let at = parentPath(root); at !== '/'; at = parentPath(at)) parents.add(at);
  }
  const above = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of files.entries([...parents])) if (entry) above.set(path, entry);
  return { entries, above };
}

function restOf({ rest }: Members): Map<FilePath, PackedEntry[]> {
  return new Map([...rest].map(([tree, kept]) => [tree, kept.map((entry) => ({ name: entry.path.slice(1), entry }))]));
}

function managerOf(tree: FilePath, entries: ReadonlyMap<FilePath, FileEntry>): NpmLock['trees'][number]['manager'] {
  const has = (name: string) => entries.has(`${tree}/${name}` as FilePath);
  if (has('.pnpm') || has('.modules.yaml')) return 'pnpm';
  if (has('.yarn-integrity') || has('.yarn-state.yml')) return 'yarn';
  return has('.package-lock.json') ? 'npm' : 'unknown';
}

function describeTree(path: FilePath, used: ReadonlyMap<FilePath, InstalledPackage>) {
  const names = [...used.values()].filter(({ tree }) => tree === path).map(({ ref }) => `${ref.name}@${ref.version}`);
  return { path: showPath(path), packages: [...new Set(names)].sort(comparePaths) };
}

/** Packages of others that have the Node which ran; one that nobody owns is carried as a tree of its own. */
function nodesOf(nodes: readonly FilePath[], { ownerOf }: FinishContext): NpmLock['node'] {
  const found = new Map<string, NpmLock['node'][number]>();
  for (const path of nodes) {
    const owner = ownerOf(path);
    if (owner?.state !== 'owned' || !owner.package || owner.package.distribution === 'npm') continue;
    const { distribution, name, version, architecture, at } = owner.package;
    found.set(`${distribution} ${name}`, {
      ...{ distribution, name, version },
      ...(architecture === undefined ? {} : { architecture }),
      ...(at === undefined ? {} : { at: showPath(at) }),
    });
  }
  return [...found.values()];
}
