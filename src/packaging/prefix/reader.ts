import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { classifyUnowned } from '../path-rules.js';
import type { Claims, FinishContext, Finished, Reader } from '../reader.js';
import { finishPrefixes } from './finish.js';
import type { PrefixKind, PrefixPackage, Records } from './kind.js';
import type { PrefixLock, PrefixManifest } from './schema.js';

/** Finds which folders are packages of one kind, as paths in them are asked about. */
export class PrefixReader implements Reader<PrefixManifest, PrefixLock> {
  readonly #kind: PrefixKind;
  readonly #machine: Machine;
  /** By their folders; undefined where no package is. */
  readonly #packages = new Map<FilePath, PrefixPackage | undefined>();
  /** Those that were not told yet, as whole sentences. */
  readonly #problems: string[];

  /** `problems`: what is known to be wrong already, as whole sentences. */
  constructor(kind: PrefixKind, machine: Machine, problems: readonly string[] = []) {
    this.#kind = kind;
    this.#machine = machine;
    this.#problems = [...problems];
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return [...this.#prefixesOf(paths)].flatMap((prefix) => this.#kind.records(prefix));
  }

  async claim(paths: readonly FilePath[], databases: Records): Promise<Claims> {
    const owners: Owner[] = [];
    const roots = new Set<FilePath>();
    for (const path of paths) {
      const prefix = this.#kind.prefixOf(path);
      if (!prefix) continue;
      if (!this.#packages.has(prefix)) this.#learn(prefix, databases);
      const found = this.#packages.get(prefix);
      if (!found) continue;
      owners.push({ path, state: 'owned', package: found.ref });
      roots.add(found.at);
    }
    // The folder itself may be another's, whose package it is then.
    return { owners, more: [...roots], roots: [...roots], problems: this.#problems.splice(0) };
  }

  /** What is not there is nobody's: no record says what was. */
  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const absent: Owner[] = [];
    for (const [path, kind] of await this.#machine.files.kinds(paths, signal ? { signal } : {})) {
      if (!kind) absent.push(classifyUnowned(path, undefined));
    }
    return absent;
  }

  finish(context: FinishContext): Promise<Finished<PrefixManifest, PrefixLock>> {
    return finishPrefixes(this.#kind.name, this, this.#problems, context);
  }

  /** The package in a folder that was asked about. */
  at(prefix: FilePath): PrefixPackage | undefined {
    return this.#packages.get(prefix);
  }

  /** The packages whose records the globs find. */
  async find(globs: readonly string[]): Promise<PrefixPackage[]> {
    const records = await this.#machine.files.gather(globs);
    const prefixes = new Set([...records.keys()].flatMap((path) => this.#kind.prefixOf(path) ?? []));
    for (const prefix of prefixes) if (!this.#packages.has(prefix)) this.#learn(prefix, records);
    return [...prefixes].flatMap((prefix) => this.#packages.get(prefix) ?? []);
  }

  /** Folders that may be packages and were not asked about. */
  #prefixesOf(paths: readonly FilePath[]): Set<FilePath> {
    const prefixes = new Set<FilePath>();
    for (const path of paths) {
      const prefix = this.#kind.prefixOf(path);
      if (prefix && !this.#packages.has(prefix)) prefixes.add(prefix);
    }
    return prefixes;
  }

  #learn(at: FilePath, records: Records): void {
    const { name: distribution, title } = this.#kind;
    let found: PrefixPackage | undefined;
    try {
      const described = this.#kind.describe(at, records);
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
