import type { Machine } from '../../machines/machine.js';
import { type FilePath, parentPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { readUsrLayout, type UsrLayout } from '../../packaging/usr-layout.js';
import { closureOf, PackageIndex } from './closure.js';
import { type ApkDatabase, type ApkFile, type ApkPackage, readDatabase } from './database.js';
import { finish } from './finish.js';
import { appletRule, generatedRule, isApplet } from './generated.js';
import type { ApkLock, ApkManifest } from './schema.js';
import { findModified } from './verify.js';

/** One package's claim on a path. */
export interface Listing {
  readonly package: ApkPackage;
  readonly file: ApkFile;
}

/** Opens the apk database among the gathered files; undefined where there is none. */
export async function openApk({ machine, databases }: OpenContext): Promise<ApkReader | undefined> {
  const database = readDatabase(databases);
  return database && new ApkReader(machine, database, await readUsrLayout(machine));
}

/** Where the programs of BusyBox are linked. */
const programFolders: ReadonlySet<string> = new Set(['/bin', '/sbin', '/usr/bin', '/usr/sbin']);

class ApkReader implements Reader<ApkManifest, ApkLock> {
  readonly #machine: Machine;
  readonly #database: ApkDatabase;
  readonly #layout: UsrLayout;
  readonly #index: PackageIndex;
  readonly #listings = new Map<FilePath, Listing[]>();
  /** Whose files were claimed so far: they are used, unless another distribution has those files. */
  readonly #met = new Set<ApkPackage>();
  readonly #claimed = new Map<FilePath, Listing>();

  constructor(machine: Machine, database: ApkDatabase, layout: UsrLayout) {
    this.#machine = machine;
    this.#database = database;
    this.#layout = layout;
    for (const owner of database.packages) {
      for (const file of owner.files) {
        const canonical = layout.canonical(file.path);
        this.#listings.set(canonical, [...(this.#listings.get(canonical) ?? []), { package: owner, file }]);
      }
    }
    this.#index = new PackageIndex(database, (path) => this.#listed(path).map((each) => each.package));
  }

  async claim(paths: readonly FilePath[]): Promise<Claims> {
    for (const path of paths) {
      const [only, ...others] = this.#listed(path);
      if (only && others.length === 0) this.#met.add(only.package);
    }
    const applets = await this.#applets(paths);
    const choose = this.#chooser();
    const owners = paths.flatMap((path) => this.#ownerOf(path, applets, choose) ?? []);
    return { owners, more: [], problems: this.#database.problems };
  }

  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const files = new Map(
      paths.flatMap((path) => {
        const listing = this.#claimed.get(path);
        return listing ? [[path, listing] as const] : [];
      }),
    );
    return findModified(files, this.#machine, signal);
  }

  finish(context: FinishContext): Promise<Finished<ApkManifest, ApkLock>> {
    const packagesOf = (refs: readonly (PackageRef | undefined)[]) =>
      refs.flatMap((ref) => (ref && this.#index.named(ref.name)[0]) ?? []);
    // What is carried needs nobody to make it, and what the run installed is no part of what it found.
    const using = context.owned.filter(({ path, onCreate }) => onCreate !== 'carry' && !context.isNew?.(path));
    const used = new Set(packagesOf(using.map((owner) => owner.package)));
    const shared = { database: this.#database, index: this.#index, layout: this.#layout };
    return finish({ ...shared, used, needed: packagesOf(context.needed) }, context);
  }

  #listed(path: FilePath): readonly Listing[] {
    return this.#listings.get(this.#layout.canonical(path)) ?? [];
  }

  #ownerOf(path: FilePath, applets: ReadonlySet<FilePath>, choose: Choose): Owner | undefined {
    const chosen = choose(this.#listed(path));
    const rule = generatedRule(this.#layout.canonical(path));
    if (rule && !chosen?.file.isFolder) {
      const { name, onCreate } = rule;
      return { path, state: 'generated', rule: name, onCreate, ...(chosen ? { package: chosen.package.ref } : {}) };
    }
    if (chosen) {
      this.#met.add(chosen.package);
      this.#claimed.set(path, chosen);
      const { path: listedAs } = chosen.file;
      return { path, state: 'owned', package: chosen.package.ref, ...(listedAs === path ? {} : { listedAs }) };
    }
    const [busybox] = this.#index.named('busybox');
    if (busybox && applets.has(path)) {
      return { path, state: 'generated', rule: appletRule, onCreate: 'regenerate', package: busybox.ref };
    }
    if (!this.#layout.links.has(path)) return undefined;
    return { path, state: 'generated', rule: 'merged-usr', onCreate: 'regenerate' };
  }

  /** Which of the paths are links to BusyBox that no package lists. */
  async #applets(paths: readonly FilePath[]): Promise<Set<FilePath>> {
    const asked = paths.filter((path) => programFolders.has(parentPath(path)) && this.#listed(path).length === 0);
    const applets = new Set<FilePath>();
    for (const [path, kind] of await this.#machine.files.kinds(asked)) {
      if (isApplet(kind?.target)) applets.add(path);
    }
    return applets;
  }

  /** Of several owners one that is used or needed anyway; so listing a shared folder brings no package in. */
  #chooser(): Choose {
    let needed: ReadonlySet<ApkPackage> | undefined;
    return (listed) => {
      if (listed.length < 2) return listed[0];
      const known = listed.find((each) => this.#met.has(each.package));
      if (known) return known;
      needed ??= new Set(closureOf(this.#met, this.#index).packages);
      return listed.find((each) => needed?.has(each.package)) ?? listed[0];
    };
  }
}

type Choose = (listed: readonly Listing[]) => Listing | undefined;
