import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { readUsrLayout, type UsrLayout } from '../../packaging/usr-layout.js';
import { closureOf, PackageIndex } from './closure.js';
import { type RpmDatabase, readDatabase } from './database.js';
import { FileIndex, type Listing, ownedBy } from './file-index.js';
import { finish } from './finish.js';
import { generatedRule, ghostRule } from './generated.js';
import type { RpmPackage } from './package.js';
import type { RpmLock, RpmManifest } from './schema.js';
import { type ClaimedFile, findModified, typeOf } from './verify.js';

/** Opens the rpm database among the gathered files; undefined where there is none. */
export async function openRpm({ machine, databases }: OpenContext): Promise<RpmReader | undefined> {
  const database = await readDatabase(databases);
  return database && new RpmReader(machine, database, await readUsrLayout(machine));
}

class RpmReader implements Reader<RpmManifest, RpmLock> {
  readonly #machine: Machine;
  readonly #database: RpmDatabase;
  readonly #layout: UsrLayout;
  readonly #files: FileIndex;
  readonly #index: PackageIndex;
  /** Whose files were claimed so far: they are used, unless another distribution has those files. */
  readonly #met = new Set<RpmPackage>();
  readonly #claimed = new Map<FilePath, ClaimedFile>();

  constructor(machine: Machine, database: RpmDatabase, layout: UsrLayout) {
    this.#machine = machine;
    this.#database = database;
    this.#layout = layout;
    this.#files = new FileIndex(database.packages, layout);
    this.#index = new PackageIndex(database.packages, this.#files, layout);
  }

  async claim(paths: readonly FilePath[]): Promise<Claims> {
    const canonical = paths.map(this.#layout.canonical);
    const listings = this.#files.find(canonical);
    const found = canonical.map((path) => listings.get(path) ?? []);
    for (const [only, ...others] of found) if (only && others.length === 0) this.#met.add(only.package);
    const choose = this.#chooser();
    const owners: Owner[] = [];
    const regular: FilePath[] = [];
    for (const [at, path] of paths.entries()) {
      const owner = this.#ownerOf(path, canonical[at] as FilePath, found[at] ?? [], choose);
      if (owner) owners.push(owner);
      if (this.#isRegular(path)) regular.push(path);
    }
    return { owners, more: [], regular, problems: this.#database.problems };
  }

  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const files = paths.flatMap((path) => this.#claimed.get(path) ?? []);
    return findModified(files, this.#machine, signal);
  }

  finish(context: FinishContext): Promise<Finished<RpmManifest, RpmLock>> {
    const packagesOf = (refs: readonly (PackageRef | undefined)[]) =>
      refs.flatMap((ref) => (ref && this.#packageOf(ref)) ?? []);
    // What is carried needs nobody to make it, and what the run installed is no part of what it found.
    const using = context.owned.filter(({ path, onCreate }) => onCreate !== 'carry' && !context.isNew?.(path));
    const shared = { database: this.#database, index: this.#index, layout: this.#layout };
    const used = new Set(packagesOf(using.map((owner) => owner.package)));
    return finish({ ...shared, used, needed: packagesOf(context.needed) }, context);
  }

  #ownerOf(path: FilePath, canonical: FilePath, found: readonly Listing[], choose: Choose): Owner | undefined {
    const chosen = choose(found);
    const rule = generatedRule(canonical) ?? (chosen?.package.isGhost(chosen.index) ? ghostRule : undefined);
    if (rule) {
      const { name, onCreate } = rule;
      return { path, state: 'generated', rule: name, onCreate, ...(chosen ? { package: chosen.package.ref } : {}) };
    }
    if (chosen) {
      this.#met.add(chosen.package);
      this.#claimed.set(path, { path, chosen, listings: found });
      return ownedBy(chosen, path, found);
    }
    if (!this.#layout.links.has(path)) return undefined;
    return { path, state: 'generated', rule: 'merged-usr', onCreate: 'regenerate' };
  }

  #isRegular(path: FilePath): boolean {
    const claimed = this.#claimed.get(path);
    const file = claimed?.chosen.package.files[claimed.chosen.index];
    return file !== undefined && typeOf(file) === 'file';
  }

  #packageOf({ name, version, architecture }: PackageRef): RpmPackage | undefined {
    const named = this.#index.named(name);
    return named.find((each) => each.version === version && each.architecture === architecture) ?? named[0];
  }

  /** Of several owners one that is used or needed anyway; so listing a shared folder brings no package in. */
  #chooser(): Choose {
    let needed: ReadonlySet<RpmPackage> | undefined;
    return (found) => {
      const inPlace = found.filter(({ package: owner, index }) => owner.stateOf(index) === 'normal');
      const candidates = inPlace.length > 0 ? inPlace : found;
      if (candidates.length < 2) return candidates[0];
      const known = candidates.find((each) => this.#met.has(each.package));
      if (known) return known;
      needed ??= new Set(closureOf(this.#met, this.#index).packages);
      const isNative = ({ package: { architecture } }: Listing) => architecture === this.#database.architecture;
      return candidates.find((each) => needed?.has(each.package)) ?? candidates.find(isNative) ?? candidates[0];
    };
  }
}

type Choose = (listings: readonly Listing[]) => Listing | undefined;
