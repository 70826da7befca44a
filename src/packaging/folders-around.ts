import type { Machine } from '../machines/machine.js';
import { resolveKinds } from '../machines/ways.js';
import { type FilePath, joinPath, parentPath } from '../model/file-path.js';

/** Finds the folders above paths that have an entry of some name, such as `.git`; each folder is looked at once. */
export class FoldersAround {
  readonly #machine: Machine;
  readonly #name: string;
  readonly #looked = new Set<FilePath>();

  constructor(machine: Machine, name: string) {
    this.#machine = machine;
    this.#name = name;
  }

  /** Those that were not found before, in one pass over the machine. */
  async look(paths: readonly FilePath[]): Promise<FilePath[]> {
    const asked = this.#newFolders(paths).map((folder) => joinPath(folder, this.#name));
    const found: FilePath[] = [];
    for (const [path, kind] of await this.#machine.files.kinds(asked)) if (kind) found.push(parentPath(path));
    return this.real(found);
  }

  /** Those of the folders that no link leads to: through one a thing would seem to be at two places. */
  async real(folders: readonly FilePath[]): Promise<FilePath[]> {
    const ways = await resolveKinds(this.#machine.files, folders);
    return folders.filter((folder) => ways.resolve(folder).path === folder);
  }

  #newFolders(paths: readonly FilePath[]): FilePath[] {
    const folders: FilePath[] = [];
    for (const path of paths) {
      for (let at = parentPath(path); !this.#looked.has(at); at = parentPath(at)) {
        this.#looked.add(at);
        folders.push(at);
      }
    }
    return folders;
  }
}
