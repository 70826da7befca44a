import type { Machine } from '../machines/machine.js';
import { createResolver, type Resolution } from '../machines/resolver.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';

/** Where a path leads on a machine. */
interface Place {
  /** Where its own entry lies: links of its parents are followed, it is not. */
  readonly entry: FilePath;
  /** Where it ends when a last link is followed too. */
  readonly final: FilePath;
  /** Every link on the way, itself included when it is one. */
  readonly links: readonly FilePath[];
}

/**
 * Resolves many paths of a machine with few questions to it: all entries that a round can need are asked for in one
 * pass, so that the number of passes is the depth of links, not the number of paths.
 */
export class Places {
  readonly #machine: Machine;
  readonly #isOutside: (path: FilePath) => boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #entries = new Map<FilePath, FileEntry | undefined>();
  /** Of folders: whether they are free of links. */
  readonly #plain = new Map<FilePath, boolean>();

  /** Nothing is asked about paths that are `outside`: a way that leads there ends there. */
  constructor(machine: Machine, isOutside: (path: FilePath) => boolean, signal?: AbortSignal) {
    this.#machine = machine;
    this.#isOutside = isOutside;
    this.#signal = signal;
  }

  /** The entry at a place that a resolution gave; undefined where nothing is. */
  entry(path: FilePath): FileEntry | undefined {
    return this.#entries.get(path);
  }

  /**
   * The places of the paths that lead through links, or to nothing; all others are where they say. Of `regular` paths
   * it is known that they are no links, so that only the way to them is looked at.
   */
  async resolve(paths: Iterable<FilePath>, regular: ReadonlySet<FilePath>): Promise<Map<FilePath, Place>> {
    const places = new Map<FilePath, Place>();
    const all = [...paths];
    const upTo = all.map((path) => (regular.has(path) ? parentPath(path) : path));
    await this.#fetch(upTo);
    let pending: { path: FilePath; upTo: FilePath }[] = [];
    for (const [at, path] of all.entries()) {
      const way = upTo[at] as FilePath;
      if (!this.#isPlain(path, way)) pending.push({ path, upTo: way });
    }
    while (pending.length > 0) {
      this.#signal?.throwIfAborted();
      await this.#fetch(pending.map(({ upTo }) => upTo));
      const resolve = createResolver((path) => this.#entries.get(path));
      const next: typeof pending = [];
      for (const { path, upTo } of pending) {
        if (this.#isPlain(path, upTo)) continue;
        const end = resolve(path);
        if (this.#isUnknown(end)) {
          next.push({ path, upTo: end.path });
          continue;
        }
        const own = resolve(path, { followLast: false });
        places.set(path, { entry: own.path, final: end.path, links: end.links.map((link) => link.path) });
      }
      pending = next;
    }
    return places;
  }

  /** Most paths are no link and have none on their way: these need no walk of their own. */
  #isPlain(path: FilePath, upTo: FilePath): boolean {
    const last = path.charCodeAt(path.length - 1);
    if (last === 0x2e || last === 0x2f) return false;
    if (upTo.length < path.length) return this.#isPlainFolder(upTo);
    const type = this.#entries.get(path)?.type;
    return type !== undefined && type !== 'symlink' && this.#isPlainFolder(parentPath(path));
  }

  #isPlainFolder(folder: FilePath): boolean {
    if (folder === '/') return true;
    const known = this.#plain.get(folder);
    if (known !== undefined) return known;
    const isFolder = this.#entries.get(folder)?.type === 'directory';
    const isWritten = !/\/\.{0,2}(?:\/|$)/.test(folder);
    const plain = isFolder && isWritten && this.#isPlainFolder(parentPath(folder));
    this.#plain.set(folder, plain);
    return plain;
  }

  /** Asks for the paths and all their parents, as far as they were not asked for yet. */
  async #fetch(paths: readonly FilePath[]): Promise<void> {
    const asked: FilePath[] = [];
    for (let path of paths) {
      while (!this.#entries.has(path)) {
        this.#entries.set(path, undefined);
        if (!this.#isOutside(path)) asked.push(path);
        path = parentPath(path);
      }
    }
    let at = 0;
    const options = this.#signal ? { signal: this.#signal } : {};
    for await (const entry of this.#machine.files.entries(asked, options))
      this.#entries.set(asked[at++] as FilePath, entry);
  }

  /** Whether a resolution ended as missing only because its place was not asked for yet. */
  #isUnknown({ end, path }: Resolution): boolean {
    if (end !== 'missing') return false;
    for (let slash = path.indexOf('/', 1); ; slash = path.indexOf('/', slash + 1)) {
      const part = (slash < 0 ? path : path.slice(0, slash)) as FilePath;
      if (!this.#entries.has(part)) return true;
      if (slash < 0 || this.#entries.get(part) === undefined) return false;
    }
  }
}
