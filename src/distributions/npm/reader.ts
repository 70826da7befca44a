import type { Machine } from '../../machines/machine.js';
import type { FileEntry, FileKind } from '../../model/file-entry.js';
import { type FilePath, joinPath, normalizePath, parentPath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { type FoundTarball, findTarballs } from './caches.js';
import { finish } from './finish.js';
import { databasesOf, type InstalledPackage, InstalledTrees } from './installed-tree.js';
import { hasInstallScript } from './package-json.js';
import type { NpmLock, NpmManifest } from './schema.js';
import { asGlob, isRecord, packageFolders, treeOf } from './tree.js';

/** Trees lie wherever people put them: whether there are any is known when paths are asked about. */
export async function openNpm({ machine }: OpenContext): Promise<NpmReader> {
  return new NpmReader(machine);
}

class NpmReader implements Reader<NpmManifest, NpmLock> {
  readonly #machine: Machine;
  readonly #trees = new InstalledTrees();
  /** Programs that may be the Node that ran. */
  readonly #nodes = new Set<FilePath>();
  readonly #tarballs = new Map<FilePath, FoundTarball | undefined>();
  readonly #looked = new Set<FilePath>();
  /** What the caches were not read of, as whole sentences. */
  readonly #unread = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return databasesOf(paths);
  }

  async claim(
    paths: readonly FilePath[],
    databases: ReadonlyMap<FilePath, Buffer>,
    ofBase: readonly FilePath[],
  ): Promise<Claims> {
    this.#trees.add(databases);
    const inTrees = paths.filter((path) => treeOf(path) !== undefined);
    for (const some of [paths, ofBase])
      for (const path of some) if (path.endsWith('/node') || path.endsWith('/nodejs')) this.#nodes.add(path);
    const links = await this.#linksAmong(inTrees);
    const owners = inTrees.flatMap((path) => this.#ownerOf(path, links) ?? []);
    const roots = new Set(owners.flatMap(({ path }) => treeOf(path) ?? []));
    return {
      owners,
      more: [],
      roots: [...roots],
      problems: this.#trees.problems,
    };
  }

  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const packages = new Map<FilePath, InstalledPackage>();
    const files = paths.flatMap((path) => {
      const found = this.#trees.packageOf(path);
      if (found) packages.set(found.folder, found);
      return found ? [[path, found] as const] : [];
    });
    await this.#findTarballs([...packages.values()], signal);
    const asked = new Map(files.filter(([, { folder }]) => this.#tarballs.get(folder)));
    const changed: Owner[] = [];
    for await (const [path, entry] of this.#machine.files.entries([...asked.keys()], {
      hash: true,
      ...(signal ? { signal } : {}),
    })) {
      const owner = asked.get(path);
      if (owner) changed.push(...this.#judge(path, entry, owner));
    }
    return changed;
  }

  async finish(context: FinishContext): Promise<Finished<NpmManifest, NpmLock>> {
    const finished = await finish({
      context,
      trees: this.#trees,
      nodes: [...this.#nodes],
      tarballs: async (packages) => {
        await this.#findTarballs(packages, context.signal);
        return this.#tarballs;
      },
    });
    return { ...finished, notes: [...this.#unread, ...finished.notes] };
  }

  /** Of the paths and the folders of packages above them: the entries of those that are links. */
  async #linksAmong(paths: readonly FilePath[]): Promise<Map<FilePath, FileKind>> {
    const folders = paths.flatMap(packageFolders).filter((folder) => !this.#looked.has(folder));
    const asked = new Set([...folders, ...paths.filter((path) => isProgramLink(path) || isPackageFolder(path))]);
    const links = new Map<FilePath, FileKind>();
    for (const [path, entry] of await this.#machine.files.kinds([...asked])) {
      this.#looked.add(path);
      if (entry?.type !== 'symlink') continue;
      links.set(path, entry);
      this.#trees.isLink(path);
    }
    const targets = [...links].flatMap(([path, entry]) => packageFolders(targetOf(path, entry)));
    const unknown = [...new Set(targets)].filter((folder) => !this.#trees.knows(folder));
    const wanted = unknown.map((folder) => asGlob(joinPath(folder, 'package.json')));
    this.#trees.add(await this.#machine.files.gather(wanted));
    return links;
  }

  #ownerOf(path: FilePath, links: ReadonlyMap<FilePath, FileKind>): Owner | undefined {
    const link = links.get(path);
    if (link) return this.#linkOwner(path, link);
    if (isProgramLink(path) || (isRecord(path) && !this.#trees.isPrivate(path)))
      return { path, state: 'generated', rule: 'node-modules', onCreate: 'carry' };
    const found = this.#trees.packageOf(path);
    return found && { path, state: 'owned', package: found.ref };
  }

  /** A link into a tree goes with the package that it leads to; one to a workspace is carried. */
  #linkOwner(path: FilePath, link: FileKind): Owner {
    const target = this.#trees.packageOf(targetOf(path, link));
    const common = { path, state: 'generated', rule: 'node-modules' } as const;
    return target ? { ...common, package: target.ref, onCreate: 'regenerate' } : { ...common, onCreate: 'carry' };
  }

  #judge(path: FilePath, entry: FileEntry | undefined, owner: InstalledPackage): Owner[] {
    const { ref, folder, json } = owner;
    const shipped = this.#tarballs.get(folder)?.files.get(path.slice(folder.length + 1) as FilePath);
    if (!entry) return shipped ? [{ path, state: 'modified', package: ref, rule: 'removed' }] : [];
    if (entry.type !== 'file') return shipped ? [{ path, state: 'modified', package: ref, rule: 'replaced' }] : [];
    if (shipped) return shipped.hash === entry.hash ? [] : [{ path, state: 'modified', package: ref, rule: 'content' }];
    if (hasInstallScript(json))
      return [{ path, state: 'generated', package: ref, rule: 'install-script', onCreate: 'carry' }];
    return [{ path, state: 'modified', package: ref, rule: 'added' }];
  }

  async #findTarballs(packages: readonly InstalledPackage[], signal: AbortSignal | undefined): Promise<void> {
    const wanted = new Map(
      packages
        .filter(({ folder }) => !this.#tarballs.has(folder))
        .map(({ folder, tree, record }) => [folder, { project: parentPath(tree), record }] as const),
    );
    const found = await findTarballs(
      wanted,
      this.#machine,
      (path, code) =>
        this.#unread.add(`${showPath(path)} cannot be read (${code}): tarballs in npm's caches may be missed.`),
      signal,
    );
    for (const folder of wanted.keys()) this.#tarballs.set(folder, found.get(folder));
  }
}

function isPackageFolder(path: FilePath): boolean {
  return packageFolders(path).at(-1) === path;
}

function isProgramLink(path: FilePath): boolean {
  return path.includes('/node_modules/.bin/');
}

function targetOf(path: FilePath, { target = path }: FileKind): FilePath {
  return normalizePath(joinPath(parentPath(path), target));
}
