import type { Machine } from '../../machines/machine.js';
import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { bytecodeOf, sourceOfBytecode } from '../../packaging/python-bytecode.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { readUsrLayout, type UsrLayout } from '../../packaging/usr-layout.js';
import { type Alternative, alternativesByLink, alternativesFolder } from './alternatives.js';
import { packageOf, usesOf } from './claimed.js';
import { closureOf, PackageIndex } from './closure.js';
import { type DpkgDatabase, readDatabase } from './database.js';
import { DiversionMap } from './diversions.js';
import { FileIndex, type Listing, type Listings, ownedBy } from './file-index.js';
import { finish } from './finish.js';
import { findGenerated } from './generated.js';
import type { DpkgPackage } from './package.js';
import type { DebianLock, DebianManifest } from './schema.js';
import { type ClaimedFile, findModified } from './verify.js';

/** Opens the dpkg database among the gathered files; undefined where there is none. */
export async function openDebian({ machine, databases }: OpenContext): Promise<DebianReader | undefined> {
  const database = readDatabase(databases);
  return database && new DebianReader(machine, database, await readUsrLayout(machine));
}

class DebianReader implements Reader<DebianManifest, DebianLock> {
  readonly #machine: Machine;
  readonly #database: DpkgDatabase;
  readonly #layout: UsrLayout;
  readonly #index: PackageIndex;
  readonly #diversions: DiversionMap;
  readonly #alternativeLinks: ReadonlyMap<FilePath, Alternative>;
  readonly #files: FileIndex;
  /** Whose files were claimed so far: they are used, unless another distribution has those files. */
  readonly #met = new Set<DpkgPackage>();
  /** Of claimed paths that several packages list: whose each is. */
  readonly #chosen = new Map<FilePath, Listing>();
  /** By name: what the master link of each alternative that was met points to. */
  readonly #masterValues = new Map<string, FilePath>();

  constructor(machine: Machine, database: DpkgDatabase, layout: UsrLayout) {
    this.#machine = machine;
    this.#database = database;
    this.#layout = layout;
    this.#index = new PackageIndex(database.packages, database.architecture);
    this.#diversions = new DiversionMap(database.diversions, layout.canonical);
    this.#files = new FileIndex({ packages: database.packages, layout, diversions: this.#diversions }, machine);
    this.#alternativeLinks = alternativesByLink(database.alternatives, layout.canonical);
  }

  async claim(paths: readonly FilePath[]): Promise<Claims> {
    const canonical = paths.map(this.#layout.canonical);
    const values = await this.#alternativeValues(canonical);
    const sources = new Map<FilePath, FilePath>();
    for (const path of canonical) {
      const source = sourceOfBytecode(path);
      if (source) sources.set(path, source);
    }
    const listings = this.#files.find([...canonical, ...values.values(), ...sources.values()]);
    const choose = this.#chooser(listings.slice(0, canonical.length));
    const owners: Owner[] = [];
    const rest: { path: FilePath; canonical: FilePath }[] = [];
    paths.forEach((path, at) => {
      const own = canonical[at] as FilePath;
      const owner =
        this.#owned(path, own, listings[at], choose) ??
        this.#layoutLink(path) ??
        this.#alternativeLink(path, own, values.get(own), choose) ??
        this.#bytecode(path, sources.get(own), choose);
      if (owner) owners.push(owner);
      else rest.push({ path, canonical: own });
    });
    for (const owner of await this.#generated(rest)) owners.push(owner);
    for (const owner of await this.#left(rest)) owners.push(owner);
    return { owners, more: [...values.values()], problems: this.#database.problems };
  }

  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    await this.#files.findSums(signal);
    const files = paths.flatMap((path): ClaimedFile[] => {
      const listings = this.#files.known(this.#layout.canonical(path));
      const chosen = this.#chosen.get(path) ?? listings?.[0];
      return listings && chosen ? [{ path, chosen, listings }] : [];
    });
    return findModified(files, this.#machine, this.#layout, signal);
  }

  finish(context: FinishContext): Promise<Finished<DebianManifest, DebianLock>> {
    const shared = { index: this.#index, layout: this.#layout, diversions: this.#diversions };
    const links = { alternativeLinks: this.#alternativeLinks, masterValues: this.#masterValues };
    const claimed = {
      ...shared,
      ...usesOf(context.owned, { ...shared, ...links }),
      database: this.#database,
      needed: context.needed.flatMap((ref) => packageOf(ref, this.#index) ?? []),
    };
    return finish(claimed, context);
  }

  #owned(path: FilePath, canonical: FilePath, listings: Listings | undefined, choose: Choose): Owner | undefined {
    if (!listings) {
      const diverter = this.#index.named(this.#diversions.ofContested(canonical)?.by ?? '')[0];
      if (!diverter) return undefined;
      return { path, state: 'generated', package: diverter.ref, rule: 'diversion', onCreate: 'carry' };
    }
    const chosen = choose(listings);
    this.#met.add(chosen.package);
    if (listings.length > 1) this.#chosen.set(path, chosen);
    return ownedBy(chosen, path, listings);
  }

  /** `/bin` itself where it is a link: listed as a directory by packages of a time before merged /usr. */
  #layoutLink(path: FilePath): Owner | undefined {
    return this.#layout.links.has(path)
      ? { path, state: 'generated', rule: 'merged-usr', onCreate: 'regenerate' }
      : undefined;
  }

  #alternativeLink(
    path: FilePath,
    canonical: FilePath,
    value: FilePath | undefined,
    choose: Choose,
  ): Owner | undefined {
    const alternative = this.#alternativeLinks.get(canonical);
    if (!alternative || !value) return undefined;
    const found = this.#files.known(value);
    if (!found) return { path, state: 'generated', rule: 'alternatives', onCreate: 'carry' };
    const chosen = choose(found);
    this.#met.add(chosen.package);
    return {
      path,
      state: 'generated',
      package: chosen.package.ref,
      listedAs: chosen.listedAs,
      rule: 'alternatives',
      onCreate: 'regenerate',
    };
  }

  #bytecode(path: FilePath, source: FilePath | undefined, choose: Choose): Owner | undefined {
    const found = source && this.#files.known(source);
    if (!found) return undefined;
    const chosen = choose(found);
    this.#met.add(chosen.package);
    return bytecodeOf(path, chosen.package.ref);
  }

  async #generated(rest: readonly { path: FilePath; canonical: FilePath }[]): Promise<Owner[]> {
    const generated = await findGenerated(
      rest.map(({ canonical }) => canonical),
      this.#index,
      this.#machine,
    );
    return rest.flatMap(({ path, canonical }): Owner[] => {
      const found = generated.get(canonical);
      if (!found) return [];
      return [{ path, state: 'generated', package: found.by.ref, rule: found.rule.name, onCreate: found.onCreate }];
    });
  }

  /** Settings of packages that were removed: installing what is there does not bring them. */
  async #left(rest: readonly { path: FilePath; canonical: FilePath }[]): Promise<Owner[]> {
    const left = new Map<FilePath, DpkgPackage>();
    for (const { path, canonical } of rest) {
      const by = this.#database.left.get(canonical);
      if (by) left.set(path, by);
    }
    const owners: Owner[] = [];
    for await (const [path, entry] of this.#machine.files.entries([...left.keys()])) {
      const by = entry && left.get(path);
      if (by) owners.push({ path, state: 'generated', package: by.ref, rule: 'configuration-left', onCreate: 'carry' });
    }
    return owners;
  }

  /** What the links of alternatives among the paths point to at present, canonical. */
  async #alternativeValues(canonical: readonly FilePath[]): Promise<Map<FilePath, FilePath>> {
    const links = new Map<FilePath, FilePath>();
    const masters = new Map<FilePath, string>();
    for (const path of canonical) {
      const alternative = this.#alternativeLinks.get(path);
      if (!alternative) continue;
      links.set(path, linkInFolder(path, alternative, this.#layout));
      masters.set(`${alternativesFolder}${alternative.name}` as FilePath, alternative.name);
    }
    const targets = new Map<FilePath, FilePath>();
    const asked = [...new Set([...links.values(), ...masters.keys()])];
    for (const [link, kind] of await this.#machine.files.kinds(asked))
      if (kind?.target) targets.set(link, joinPath(parentPath(link), kind.target));
    for (const [link, name] of masters) {
      const target = targets.get(link);
      if (target !== undefined) this.#masterValues.set(name, target);
    }
    const values = new Map<FilePath, FilePath>();
    for (const [path, link] of links) {
      const target = targets.get(link);
      if (target !== undefined) values.set(path, this.#layout.canonical(target));
    }
    return values;
  }

  /** Of several owners: one that is used or needed anyway; so listing a shared folder brings no package in. */
  #chooser(listings: readonly (Listings | undefined)[]): Choose {
    for (const found of listings) if (found?.length === 1) this.#met.add((found[0] as Listing).package);
    let needed: ReadonlySet<DpkgPackage> | undefined;
    return (found) => {
      const first = found[0] as Listing;
      if (found.length === 1) return first;
      const known = found.find((each) => this.#met.has(each.package));
      if (known) return known;
      needed ??= new Set(closureOf(this.#met, this.#index).packages);
      const isNative = ({ package: { architecture } }: Listing): boolean =>
        architecture === this.#database.architecture;
      return found.find((each) => needed?.has(each.package)) ?? found.find(isNative) ?? first;
    };
  }
}

type Choose = (listings: Listings) => Listing;

/** The link in /etc/alternatives that a public link goes through (`/usr/bin/nawk` through `nawk`). */
function linkInFolder(path: FilePath, alternative: Alternative, layout: UsrLayout): FilePath {
  if (path.startsWith(alternativesFolder)) return path;
  const own = [alternative, ...alternative.slaves].find(({ link }) => layout.canonical(link) === path);
  return `${alternativesFolder}${own?.name ?? alternative.name}` as FilePath;
}
