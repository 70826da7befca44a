import type { Machine } from '../../machines/machine.js';
import {
  baseName,
  type FilePath,
  isWithin,
  joinPath,
  normalizePath,
  parentPath,
  showPath,
} from '../../model/file-path.js';
import { FoldersAround } from '../../packaging/folders-around.js';
import { nameInTree, readMany } from '../../packaging/working-tree.js';
import { settingOf } from './config.js';
import { firstLine, openRepositories, type Repository, type RepositoryPlace } from './repository.js';

/** A path with the repository that it lies in. */
export interface Located {
  readonly repository: Repository;
  /** From the root of the working tree; undefined of what is git's own. */
  readonly tracked?: FilePath;
}

/** The repositories that paths lie in, found as paths are asked about; each folder is looked at once. */
export class Discovery {
  readonly #machine: Machine;
  readonly #around: FoldersAround;
  readonly #byRoot = new Map<FilePath, Repository>();
  /** Folders of git's own, with whose they are. */
  readonly #inner = new Map<FilePath, Repository>();

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#around = new FoldersAround(machine, '.git');
  }

  get repositories(): ReadonlyMap<FilePath, Repository> {
    return this.#byRoot;
  }

  /** Looks for repositories around the paths, in few passes over the machine; says what could not be read. */
  async look(paths: readonly FilePath[]): Promise<string[]> {
    const problems: string[] = [];
    const unreadable = (path: FilePath) => problems.push(`${showPath(path)} (git) cannot be read.`);
    const roots = await this.#around.look(paths);
    const files = await readMany(
      this.#machine,
      roots.map((root) => joinPath(root, '.git')),
      unreadable,
    );
    const places = roots.map((at): RepositoryPlace => {
      const path = joinPath(at, '.git');
      const pointer = files.get(path);
      const [, folder] = (pointer && /^gitdir: *(.+?)\s*$/.exec(firstLine(pointer))) ?? [];
      return { at, gitFolder: folder === undefined ? path : normalizePath(joinPath(at, folder)) };
    });
    const bare = paths.filter((path) => baseName(path) === 'HEAD').map(parentPath);
    for (const at of await this.#around.real(bare)) if (!this.#innerOf(at)) places.push({ at, gitFolder: at });
    for (const repository of await openRepositories(this.#machine, places, unreadable)) {
      this.#add(repository);
      for (const problem of repository.problems) problems.push(`${showPath(repository.at)} (git): ${problem}`);
    }
    return problems;
  }

  locate(path: FilePath): Located | undefined {
    if (this.#byRoot.size === 0) return undefined;
    const inner = this.#innerOf(path);
    if (inner) return { repository: inner };
    for (let at = parentPath(path); ; at = parentPath(at)) {
      const repository = this.#byRoot.get(at);
      if (repository) {
        const tracked = nameInTree(path, at);
        return tracked === '.git' ? { repository } : { repository, tracked };
      }
      if (at === '/') return undefined;
    }
  }

  #add(repository: Repository): void {
    const { at, gitFolder, commonFolder, config } = repository;
    const isBare = at === gitFolder;
    if (this.#byRoot.has(at) || (isBare && (gitFolder !== commonFolder || settingOf(config, 'core.bare') !== 'true')))
      return;
    this.#byRoot.set(at, repository);
    this.#inner.set(gitFolder, repository);
    if (!this.#inner.has(commonFolder)) this.#inner.set(commonFolder, repository);
  }

  /** The innermost: a submodule's own folder lies in that of the repository around it. */
  #innerOf(path: FilePath): Repository | undefined {
    let found: FilePath | undefined;
    for (const folder of this.#inner.keys()) {
      if (isWithin(path, folder) && folder.length > (found?.length ?? 0)) found = folder;
    }
    return found === undefined ? undefined : this.#inner.get(found);
  }
}
