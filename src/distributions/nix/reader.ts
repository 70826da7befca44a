import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { finishPrefixes, presentOf } from '../../packaging/prefix/finish.js';
import type { PrefixPackage, Records } from '../../packaging/prefix/kind.js';
import { PrefixReader } from '../../packaging/prefix/reader.js';
import type { PrefixLock, PrefixManifest } from '../../packaging/prefix/schema.js';
import type { Claims, FinishContext, Finished, Reader } from '../../packaging/reader.js';
import { type Registered, readStoreDatabase } from './store-database.js';
import { describeStorePath, isProfile, storePaths } from './store-paths.js';

/** Where each of both has its database, by the folder of its store. */
const databases: readonly (readonly [store: string, database: FilePath])[] = [
  ['/nix/store/', '/nix/var/nix/db/db.sqlite' as FilePath],
  ['/gnu/store/', '/var/guix/db/db.sqlite' as FilePath],
];

/** Knows store paths by their names, and by the database of their store what they need. */
export class StoreReader implements Reader<PrefixManifest, PrefixLock> {
  readonly #names: PrefixReader;
  readonly #asked = new Set<FilePath>();
  readonly #registered = new Map<FilePath, Registered>();
  readonly #problems: string[] = [];

  constructor(machine: Machine) {
    this.#names = new PrefixReader(storePaths, machine);
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return this.#unread(paths).flatMap((database) => [database, `${database}-wal`]);
  }

  async claim(paths: readonly FilePath[], files: Records): Promise<Claims> {
    for (const path of this.#unread(paths)) {
      this.#asked.add(path);
      const [database, log] = [files.get(path), files.get(`${path}-wal` as FilePath)];
      try {
        const found = database ? await readStoreDatabase({ database, log }) : [];
        for (const [place, registered] of found) this.#registered.set(place, registered);
      } catch (error) {
        this.#problems.push(`What store paths need is not known: ${path} cannot be read (${reasonOf(error)}).`);
      }
    }
    const { problems = [], ...claims } = await this.#names.claim(paths, files);
    return { ...claims, problems: [...this.#problems.splice(0), ...problems] };
  }

  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    return this.#names.verify(paths, signal);
  }

  finish(context: FinishContext): Promise<Finished<PrefixManifest, PrefixLock>> {
    const lookup = {
      at: (path: FilePath) => this.#packageAt(path),
      find: async (paths: readonly string[]) => presentOf(paths, (path) => this.#packageAt(path)),
    };
    return finishPrefixes(storePaths.name, lookup, this.#problems, context);
  }

  #unread(paths: readonly FilePath[]): FilePath[] {
    const used = databases.filter(([store]) => paths.some((path) => path.startsWith(store)));
    return used.flatMap(([, database]) => (this.#asked.has(database) ? [] : [database]));
  }

  #packageAt(at: FilePath): PrefixPackage | undefined {
    const described = describeStorePath(at);
    if (!described) return undefined;
    const { name, version } = described;
    const { narHash, deriver, references = [] } = this.#registered.get(at) ?? {};
    const known = { ...(narHash ? { narHash } : {}), ...(deriver ? { deriver } : {}) };
    return {
      ...described,
      at,
      ref: { distribution: storePaths.name, name, version, at },
      details: { ...described.details, ...known },
      // Of a profile only what runs reached through it is theirs.
      neededRecords: isProfile(described) ? [] : references,
    };
  }
}
