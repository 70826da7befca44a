import { inflateSync } from 'node:zlib';
import { type FilePath, joinPath } from '../../model/file-path.js';
import type { ObjectFiles } from './object-files.js';
import { findInPack, type PackIndex, packIndex, readPacked } from './pack.js';

/** One object of a repository. */
export interface GitObject {
  readonly type: 'commit' | 'tree' | 'blob' | 'tag';
  readonly content: Buffer;
}

/** How many objects are remembered: those near one another are often asked for again. */
const remembered = 4096;

/** Objects by their id, loose and packed, in a repository's own folder and those that it borrows from. */
export class ObjectStore {
  readonly #files: ObjectFiles;
  readonly #folders: readonly FilePath[];
  readonly #packs: readonly PackIndex[];
  readonly #known = new Map<string, GitObject | undefined>();

  /** `idBytes`: 20 where ids are SHA-1, 32 where they are SHA-256. */
  constructor(files: ObjectFiles, folders: readonly FilePath[], idBytes: number) {
    this.#files = files;
    this.#folders = folders;
    this.#packs = files.packIndexes.map((path) => packIndex(path, idBytes));
  }

  /** Undefined where it is not there: in a shallow or partial clone it need not be. */
  async get(id: string): Promise<GitObject | undefined> {
    if (this.#known.has(id)) return this.#known.get(id);
    const found = (await this.#packed(id)) ?? (await this.#loose(id));
    if (this.#known.size > remembered) this.#known.clear();
    this.#known.set(id, found);
    return found;
  }

  async #packed(id: string): Promise<GitObject | undefined> {
    for (const pack of this.#packs) {
      const offset = await findInPack(pack, id, this.#files);
      if (offset !== undefined) return readPacked(pack, offset, this.#files, (base) => this.get(base));
    }
    return undefined;
  }

  async #loose(id: string): Promise<GitObject | undefined> {
    for (const folder of this.#folders) {
      const file = await this.#files.whole(joinPath(folder, `${id.slice(0, 2)}/${id.slice(2)}` as FilePath));
      if (file) return parseLoose(file);
    }
    return undefined;
  }
}

/** Type, a space, the size in digits, a zero byte, the content (gitformat-loose(5)). */
function parseLoose(file: Buffer): GitObject {
  const whole = inflateSync(file);
  const start = whole.indexOf(0);
  const [, type] = /^(commit|tree|blob|tag) \d+$/.exec(whole.toString('latin1', 0, start)) ?? [];
  if (type === undefined) throw new Error('a loose object is damaged');
  return { type: type as GitObject['type'], content: whole.subarray(start + 1) };
}
