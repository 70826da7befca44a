import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, isWithin, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { FoldersAround } from '../../packaging/folders-around.js';
import type { Claims, FinishContext, Finished, MayCarry, OpenContext, Reader } from '../../packaging/reader.js';
import { nameInTree, privateAmong, readMany } from '../../packaging/working-tree.js';
import { finishSvn } from './finish.js';
import type { SvnLock, SvnManifest } from './schema.js';
import { findConditions, readWorkingCopy, type WorkingCopy } from './working-copy.js';

/** Working copies are anywhere: whether there are any shows only when paths are asked about. */
export async function openSvn({ machine, mayCarry }: OpenContext): Promise<SvnReader> {
  return new SvnReader(machine, mayCarry);
}

class SvnReader implements Reader<SvnManifest, SvnLock> {
  readonly #machine: Machine;
  readonly #mayCarry: MayCarry;
  readonly #around: FoldersAround;
  readonly #copies = new Map<FilePath, WorkingCopy>();

  constructor(machine: Machine, mayCarry: MayCarry = () => true) {
    this.#machine = machine;
    this.#mayCarry = mayCarry;
    this.#around = new FoldersAround(machine, '.svn');
  }

  async claim(paths: readonly FilePath[]): Promise<Claims> {
    const problems = await this.#look(paths);
    const owners: Owner[] = [];
    const own: FilePath[] = [];
    for (const path of paths) {
      const copy = this.#copyAround(path);
      if (!copy) continue;
      if (isWithin(path, joinPath(copy.at, '.svn'))) own.push(path);
      else if (copy.files.has(nameInTree(path, copy.at))) owners.push({ path, state: 'owned', package: copy.ref });
    }
    for (const [path, kind] of await this.#machine.files.kinds(own)) {
      const copy = this.#copyAround(path);
      if (kind?.type !== 'file' || !copy) continue;
      owners.push({ path, state: 'generated', package: copy.ref, rule: 'svn-folder', onCreate: 'carry' });
    }
    return { owners, more: [], problems };
  }

  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const owners: Owner[] = [];
    const secrets = await privateAmong(this.#machine, paths, this.#mayCarry, signal);
    for (const copy of this.#copies.values()) {
      const own = paths.filter((path) => this.#copyAround(path) === copy).map((path) => nameInTree(path, copy.at));
      const conditions = await findConditions(own, copy, this.#machine, signal);
      for (const [name, { change }] of conditions) {
        const path = joinPath(copy.at, name);
        if (secrets.has(path)) owners.push({ path, state: 'loose' });
        else if (change) owners.push({ path, state: 'modified', package: copy.ref, rule: change });
      }
    }
    return owners;
  }

  finish(context: FinishContext): Promise<Finished<SvnManifest, SvnLock>> {
    return finishSvn([...this.#copies.values()], { ...context, mayCarry: this.#mayCarry });
  }

  /** Says which databases could not be read. */
  async #look(paths: readonly FilePath[]): Promise<string[]> {
    const problems: string[] = [];
    const unreadable = (path: FilePath) => problems.push(`${showPath(path)} (svn) cannot be read.`);
    const databases = new Map(
      (await this.#around.look(paths)).map((root) => [joinPath(root, '.svn/wc.db'), root] as const),
    );
    for (const [path, content] of await readMany(this.#machine, [...databases.keys()], unreadable)) {
      const root = databases.get(path) as FilePath;
      try {
        this.#copies.set(root, await readWorkingCopy(root, content));
      } catch (error) {
        problems.push(`${showPath(root)} (svn): what it has cannot be read: ${reasonOf(error)}.`);
      }
    }
    return problems;
  }

  /** The innermost: externals are working copies of their own. */
  #copyAround(path: FilePath): WorkingCopy | undefined {
    if (this.#copies.size === 0) return undefined;
    for (let at = parentPath(path); ; at = parentPath(at)) {
      const copy = this.#copies.get(at);
      if (copy || at === '/') return copy;
    }
  }
}
