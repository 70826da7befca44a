import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { ownersOfAbsent } from '../../packaging/absent.js';
import { finishPrefixes, presentOf } from '../../packaging/prefix/finish.js';
import type { PrefixPackage, Records } from '../../packaging/prefix/kind.js';
import type { PrefixLock, PrefixManifest } from '../../packaging/prefix/schema.js';
import type { Claims, FinishContext, Finished, Reader } from '../../packaging/reader.js';
import { readInstalls } from './installs.js';
import { podOf, recordFoldersOf, recordsBelow } from './libraries.js';
import { describeModule, listedModules } from './modules.js';

/** Reads the records of whole libraries, when the first path in one is asked about. */
export class PerlReader implements Reader<PrefixManifest, PrefixLock> {
  readonly #machine: Machine;
  /** The folders of records that were read, as globs. */
  readonly #read = new Set<string>();
  /** By their lists. */
  readonly #modules = new Map<FilePath, PrefixPackage>();
  readonly #owners = new Map<FilePath, PrefixPackage>();
  readonly #problems: string[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return this.#unread(paths).flatMap(recordsBelow);
  }

  async claim(paths: readonly FilePath[], databases: Records): Promise<Claims> {
    for (const folders of this.#unread(paths)) this.#read.add(folders);
    await this.#learn(databases);
    const owners: Owner[] = [];
    const more: FilePath[] = [];
    for (const path of paths) {
      const found = this.#owners.get(path);
      if (!found) continue;
      owners.push({ path, state: 'owned', package: found.ref });
      more.push(found.at);
    }
    return { owners, more, problems: this.#problems.splice(0) };
  }

  /** Lists have names only: of what is there nothing says whether it was changed. */
  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    return ownersOfAbsent(paths, this.#machine.files, signal);
  }

  finish(context: FinishContext): Promise<Finished<PrefixManifest, PrefixLock>> {
    const lookup = {
      at: (list: FilePath) => this.#modules.get(list),
      find: async (lists: readonly string[]) => presentOf(lists, (list) => this.#modules.get(list)),
    };
    return finishPrefixes('perl', lookup, this.#problems, context);
  }

  #unread(paths: readonly FilePath[]): string[] {
    const folders = new Set(paths.flatMap((path) => recordFoldersOf(path) ?? []));
    return [...folders].filter((each) => !this.#read.has(each));
  }

  async #learn(records: Records): Promise<void> {
    const fresh = listedModules(records).filter(({ at }) => !this.#modules.has(at));
    const { installs, problems } = readInstalls(records);
    this.#problems.push(...problems);
    const unreadable: Unreadable = (path, code) =>
      void this.#problems.push(`${showPath(path)} cannot be read (${code}): its version may not be known.`);
    const mains = fresh.flatMap(({ main }) => main ?? []);
    const sources = await this.#machine.files.gather(mains, undefined, unreadable);
    for (const listed of fresh) {
      const source = sources.get(listed.main ?? listed.at)?.toString('latin1') ?? '';
      const found = describeModule(listed, { pod: records.get(podOf(listed)), installs, source });
      if (!found) continue;
      this.#modules.set(found.at, found);
      for (const path of [found.at, ...(found.besides ?? [])]) this.#owners.set(path, found);
    }
  }
}
