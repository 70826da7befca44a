import type { Machine } from '../../machines/machine.js';
import { resolveKinds } from '../../machines/ways.js';
import { type FilePath, isWithin, parentPath, pathFromBytes, rootPath, showPath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { namesOfNeeds } from './closure.js';
import { type DevelopLink, developedPackage } from './develop.js';
import { EnvironmentIndex } from './environments.js';
import { finish } from './finish.js';
import { configuredPrefix, databasesNear, literal, packagedSite, sharedDatabases } from './layout.js';
import { recordedSum } from './record.js';
import { RecordedPaths } from './recorded.js';
import type { PythonLock, PythonManifest } from './schema.js';
import { foldersAbove, type InstalledPackage, readSites } from './site.js';
import { findModified } from './verify.js';
import {
  baseInterpreter,
  environmentName,
  environmentRule,
  isOwnEntry,
  minorOf,
  parseConfiguration,
  siteOf,
  type VirtualEnvironment,
} from './virtual-environment.js';
import { withZippedEggs } from './zipped-eggs.js';

/** Environments lie anywhere: there is nothing to open before a path is asked about. */
export async function openPython({ machine }: OpenContext): Promise<PythonReader> {
  return new PythonReader(machine);
}

class PythonReader implements Reader<PythonManifest, PythonLock> {
  readonly #machine: Machine;
  readonly #asked = new Set<string>();
  readonly #environments = new EnvironmentIndex();
  readonly #recorded = new RecordedPaths();
  /** Folders without a list of files in them. */
  readonly #unlisted = new Map<FilePath, InstalledPackage>();
  readonly #editable = new Map<FilePath, InstalledPackage>();
  /** Used through their source trees. */
  readonly #touched = new Set<InstalledPackage>();
  readonly #problems = new Set<string>();
  /** Asked about for their names only. */
  readonly #elsewhere = new Set<FilePath>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  databasesNear(paths: readonly FilePath[]): readonly string[] {
    return databasesNear(paths, this.#asked);
  }

  async claim(paths: readonly FilePath[], databases: ReadonlyMap<FilePath, Buffer>): Promise<Claims> {
    const more = [...(await this.#add(databases)), ...(await this.#add(await this.#seenFromInside()))];
    const owners: Owner[] = [];
    const regular: FilePath[] = [];
    const used = new Set<InstalledPackage>();
    for (const path of paths) {
      const found = this.#packageOf(path);
      if (found) {
        used.add(found);
        owners.push({ path, state: 'owned', package: referenceTo(found) });
        if (recordedSum(found.files.get(path))) regular.push(path);
        continue;
      }
      const environment = this.#environments.virtualOf(path);
      if (environment && isOwnEntry(path, environment.prefix)) owners.push(generated(path, environment));
      for (const [source, editable] of this.#editable) {
        if (path !== source && isWithin(path, source)) {
          this.#touched.add(editable);
          used.add(editable);
        }
      }
    }
    // A folder that is merely near, as that of /usr/local to every search for a program, needs no Python.
    for (const folder of new Set(Array.from(used, ({ site }) => site))) {
      const site = this.#environments.site(folder);
      if (site) more.push(...this.#environments.interpretersOf(site));
    }
    for (const path of namesOfNeeds(used, this.#environments, this.#machine.processor)) {
      this.#elsewhere.add(path);
      more.push(path);
    }
    return { owners, more, regular, roots: this.#environments.roots(), problems: [...this.#problems] };
  }

  verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const recorded = paths.flatMap((path) => {
      const found = this.#recorded.ofFile(path);
      const sum = recordedSum(found?.files.get(path));
      return found && sum ? [{ path, sum, package: referenceTo(found) }] : [];
    });
    return findModified(recorded, this.#machine, signal);
  }

  finish(context: FinishContext): Promise<Finished<PythonManifest, PythonLock>> {
    const used = new Set(this.#touched);
    const environments = new Set<FilePath>();
    for (const { path, package: reference } of context.owned) {
      if (reference?.name === environmentName && reference.at) environments.add(reference.at);
      const found = this.#packageOf(path) ?? this.#environments.named(reference);
      if (found && !this.#elsewhere.has(path)) used.add(found);
    }
    const needed = context.needed.flatMap((reference) => this.#environments.named(reference) ?? []);
    return finish(
      { used, needed, virtual: environments, index: this.#environments, recorded: this.#recorded },
      context,
    );
  }

  /** Of a file that it lists, a folder with nobody else's files, or what lies in a folder that is all its own. */
  #packageOf(path: FilePath): InstalledPackage | undefined {
    const lists = this.#recorded.ofFile(path);
    if (lists) return lists;
    const [only, ...others] = this.#recorded.inFolder(path);
    if (only) return others.length === 0 ? only : undefined;
    for (const [own, each] of this.#unlisted) {
      if (isWithin(path, own) || path.startsWith(`${own}.`)) return each;
    }
    return undefined;
  }

  /** Takes in what was gathered; gives what it leads to. */
  async #add(databases: ReadonlyMap<FilePath, Buffer>): Promise<FilePath[]> {
    const real = await withZippedEggs(await this.#real(databases));
    const more: FilePath[] = [];
    for (const [path, content] of real) {
      const prefix = configuredPrefix(path);
      if (prefix === undefined) continue;
      const environment = parseConfiguration(content, prefix);
      this.#environments.addVirtual(environment);
      more.push(...foldersAbove(prefix, rootPath));
      more.push(...[baseInterpreter(environment), siteOf(environment)].filter((each) => each !== undefined));
    }
    const sites = readSites(real).filter(({ site }) => !this.#environments.site(site)?.packages.length);
    const developed = await this.#developed(sites.flatMap(({ links }) => links));
    for (const each of sites) {
      const site = { ...each, packages: [...each.packages, ...(developed.get(each.site) ?? [])] };
      this.#environments.addSite(site);
      if (site.site === packagedSite) continue;
      for (const problem of site.problems) this.#problems.add(problem);
      more.push(...foldersAbove(site.site, rootPath));
      for (const each of site.packages) if (!isOfAnother(each)) more.push(...this.#index(each));
    }
    return more;
  }

  #index(each: InstalledPackage): FilePath[] {
    this.#recorded.add(each);
    for (const folder of each.folders) this.#unlisted.set(folder, each);
    const source = each.origin?.editable && /^file:\/\/(\/.*)$/.exec(each.origin.url)?.[1];
    if (!source) return [];
    const tree = pathFromBytes(Buffer.from(decodeURIComponent(source)));
    this.#editable.set(tree, each);
    return [tree];
  }

  /** Packages by the folders that link to their source trees. */
  async #developed(links: readonly DevelopLink[]): Promise<ReadonlyMap<FilePath, readonly InstalledPackage[]>> {
    if (links.length === 0) return new Map();
    const globs = links.map(({ source }) => `${literal(source)}/*.egg-info/{PKG-INFO,requires.txt}`);
    const databases = await this.#gather(globs);
    const packages = links.flatMap((link) => developedPackage(link, databases) ?? []);
    const bySite = new Map<FilePath, InstalledPackage[]>();
    for (const each of packages) bySite.set(each.site, [...(bySite.get(each.site) ?? []), each]);
    return bySite;
  }

  /** Databases of the folders outside that virtual environments see. */
  async #seenFromInside(): Promise<ReadonlyMap<FilePath, Buffer>> {
    const globs: string[] = [];
    for (const { systemSitePackages, version } of this.#environments.virtual) {
      const python = minorOf(version);
      if (systemSitePackages && python) globs.push(...sharedDatabases(python, this.#asked));
    }
    return globs.length === 0 ? new Map() : this.#gather(globs);
  }

  #gather(globs: readonly string[]): Promise<Map<FilePath, Buffer>> {
    return this.#machine.files.gather(globs, undefined, (path, code) => {
      this.#problems.add(`${showPath(path)} cannot be read (${code}): the packages that it tells of are not known.`);
    });
  }

  /** Without what was found again under another name of its folder, such as lib64 of an environment. */
  async #real(databases: ReadonlyMap<FilePath, Buffer>): Promise<ReadonlyMap<FilePath, Buffer>> {
    const own = [...databases].filter(([path]) => /\.(?:dist-info|egg-info|egg|egg-link|pth|cfg)(?:\/|$)/.test(path));
    const folders = new Set(own.map(([path]) => parentPath(path)));
    const ways = await resolveKinds(this.#machine.files, folders);
    const real = new Set([...folders].filter((folder) => ways.resolve(folder).path === folder));
    return new Map(own.filter(([path]) => real.has(parentPath(path))));
  }
}

/** Whether another package manager says that it put the package there: it knows the files, and more of them. */
function isOfAnother({ installer }: InstalledPackage): boolean {
  return installer !== undefined && /^(?:conda|debian|rpm|dnf|apk)$/.test(installer);
}

function generated(path: FilePath, { prefix, version = '3' }: VirtualEnvironment): Owner {
  const reference = { distribution: 'python', name: environmentName, version, at: prefix };
  return { path, state: 'generated', package: reference, rule: environmentRule, onCreate: 'regenerate' };
}

function referenceTo({ name, version, site }: InstalledPackage): PackageRef {
  return { distribution: 'python', name, version, at: site };
}
