import type { Machine } from '../../machines/machine.js';
import { resolveKinds } from '../../machines/ways.js';
import { type FilePath, isWithin, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { ownersOfAbsent } from '../absent.js';
import type { Claims, FinishContext, Finished, Reader } from '../reader.js';
import { finishPrefixes, type PackagesByRecord } from './finish.js';
import type { PrefixKind, PrefixPackage, Records } from './kind.js';
import type { PrefixLock, PrefixManifest } from './schema.js';

/** Of each path the folder that its name says to be a package. */
type Prefixes = readonly (FilePath | undefined)[];

/** Finds which folders are packages of one kind, as paths in them are asked about. */
export class PrefixReader implements Reader<PrefixManifest, PrefixLock> {
  readonly #kind: PrefixKind;
  readonly #machine: Machine;
  /** By their folders; undefined where no package is. */
  readonly #packages = new Map<FilePath, PrefixPackage | undefined>();
  /** Links to folders of packages, and those folders: what they lie in may say nothing of them. */
  readonly #linked = new Map<FilePath, FilePath>();
  /** Records that lie outside of their packages, for they may be of several; undefined where none is. */
  readonly #shared = new Map<FilePath, Buffer | undefined>();
  /** Those that were not told yet, as whole sentences. */
  readonly #problems: string[];
  /** What the paths lie in that were asked about last: every round asks twice about the same. */
  #last: { readonly paths: readonly FilePath[]; readonly prefixes: Prefixes } = { paths: [], prefixes: [] };

  /** `problems`: what is known to be wrong already, as whole sentences. */
  constructor(kind: PrefixKind, machine: Machine, problems: readonly string[] = []) {
    this.#kind = kind;
    this.#machine = machine;
    this.#problems = [...problems];
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return this.#newAmong(this.#prefixesOf(paths)).flatMap((prefix) => this.#kind.records(prefix));
  }

  async claim(paths: readonly FilePath[], databases: Records): Promise<Claims> {
    const prefixes = this.#prefixesOf(paths);
    const fresh = this.#newAmong(prefixes);
    for (const path of this.#newShared(fresh)) this.#shared.set(path, databases.get(path));
    await this.#learnAll(fresh, databases);
    const owners: Owner[] = [];
    const roots = new Set<FilePath>();
    paths.forEach((path, at) => {
      const found = this.#packageAround(path, prefixes[at]);
      if (!found) return;
      owners.push({ path, state: 'owned', package: found.ref });
      roots.add(found.at);
    });
    // The folder itself may be another's, whose package it is then.
    return { owners, more: [...roots], roots: [...roots], problems: this.#problems.splice(0) };
  }

  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    return ownersOfAbsent(paths, this.#machine.files, signal);
  }

  finish(context: FinishContext): Promise<Finished<PrefixManifest, PrefixLock>> {
    return finishPrefixes(this.#kind.name, this, this.#problems, context);
  }

  /** The package in a folder that was asked about. */
  at(prefix: FilePath): PrefixPackage | undefined {
    return this.#packages.get(prefix);
  }

  /** The packages whose records the globs find, by these. */
  async find(globs: readonly string[]): Promise<PackagesByRecord> {
    const { files } = this.#machine;
    const records = await files.gather(globs);
    const prefixes = this.#newAmong(this.#prefixesOf([...records.keys()]));
    const beside = this.#newShared(prefixes).filter((path) => !records.has(path));
    const more = beside.length === 0 ? [] : await files.gather(beside);
    for (const path of beside) this.#shared.set(path, undefined);
    for (const [path, content] of more) this.#shared.set(path, content);
    await this.#learnAll(prefixes, records);
    const found = new Map<FilePath, PrefixPackage>();
    for (const record of records.keys()) {
      const prefix = this.#kind.prefixOf(record);
      const each = prefix && this.#packages.get(this.#linked.get(prefix) ?? prefix);
      if (each) found.set(record, each);
    }
    return found;
  }

  #prefixesOf(paths: readonly FilePath[]): Prefixes {
    if (this.#last.paths !== paths) this.#last = { paths, prefixes: paths.map((path) => this.#kind.prefixOf(path)) };
    return this.#last.prefixes;
  }

  /** Folders that may be packages and were not asked about. */
  #newAmong(prefixes: Prefixes): FilePath[] {
    const fresh = new Set<FilePath>();
    for (const prefix of prefixes) {
      if (prefix && !this.#packages.has(prefix) && !this.#linked.has(prefix)) fresh.add(prefix);
    }
    return [...fresh];
  }

  /** Their records that lie elsewhere and were not read yet, as globs. */
  #newShared(prefixes: readonly FilePath[]): FilePath[] {
    const paths = new Set<FilePath>();
    for (const prefix of prefixes) {
      for (const record of this.#kind.records(prefix) as readonly FilePath[])
        if (!isWithin(record, prefix) && !this.#shared.has(record)) paths.add(record);
    }
    return [...paths];
  }

  /** What is behind a link is where that leads: the link itself is nobody's. */
  #packageAround(path: FilePath, prefix: FilePath | undefined): PrefixPackage | undefined {
    if (prefix) return this.#linked.has(prefix) ? undefined : this.#packages.get(prefix);
    for (const folder of this.#linked.values()) if (isWithin(path, folder)) return this.#packages.get(folder);
    return undefined;
  }

  async #learnAll(prefixes: readonly FilePath[], own: Records): Promise<void> {
    if (prefixes.length === 0) return;
    const records = new Map(own);
    for (const [path, content] of this.#shared) if (content) records.set(path, content);
    const ways = await resolveKinds(this.#machine.files, prefixes);
    const places = prefixes.map((prefix) => [prefix, ways.resolve(prefix).path] as const);
    for (const [prefix, at] of places) {
      if (at === prefix) continue;
      this.#linked.set(prefix, at);
      if (!this.#packages.get(at)) this.#learn(at, records, prefix);
    }
    for (const [prefix, at] of places) if (at === prefix && !this.#packages.has(at)) this.#learn(at, records, at);
  }

  /** `as`: the folder in whose name the records were read. */
  #learn(at: FilePath, records: Records, as: FilePath): void {
    const { name: distribution, title } = this.#kind;
    let found: PrefixPackage | undefined;
    try {
      const described = this.#kind.describe(as, records);
      const { name = '', version = '' } = described ?? {};
      found = described && { ...described, at, ref: { distribution, name, version, at } };
    } catch (error) {
      // A record is somebody else's file: what is wrong with it is told, and its folder is nobody's.
      const reason = error instanceof Error ? error.message : String(error);
      this.#problems.push(`${showPath(at)} looks like one of the ${title}, but its record cannot be read: ${reason}.`);
    }
    this.#packages.set(at, found);
  }
}
