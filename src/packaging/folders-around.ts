import type { Machine } from '../machines/machine.js';
import { baseName, type FilePath, joinPath, parentPath } from '../model/file-path.js';

/** Finds the folders above paths that have an entry of some name, such as `.git`; each folder is looked at once. */
export class FoldersAround {
  readonly #machine: Machine;
  readonly #name: string;
  readonly #looked = new Set<FilePath>();
  readonly #links = new Set<FilePath>();

  constructor(machine: Machine, name: string) {
    this.#machine = machine;
    this.#name = name;
  }

  /** Those that were not found before, in one pass over the machine. */
  async look(paths: readonly FilePath[]): Promise<FilePath[]> {
    const folders = this.#newFolders(paths);
    if (folders.length === 0) return [];
    const found: FilePath[] = [];
    const asked = folders.flatMap((folder) => [folder, joinPath(folder, this.#name)]);
    for await (const [path, entry] of this.#machine.files.entries(asked)) {
      if (baseName(path) !== this.#name) {
        if (entry?.type === 'symlink') this.#links.add(path);
      } else if (entry) found.push(parentPath(path));
    }
    return found.filter((folder) => this.isReal(folder));
  }

  /** Through a link one thing would seem to be at two places. Of folders above paths that were looked at. */
  isReal(folder: FilePath): boolean {
    for (let at = folder; at !== '/'; at = parentPath(at)) if (this.#links.has(at)) return false;
    return true;
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
