import { type FilePath, isWithin } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { isShared, packagedSite } from './layout.js';
import type { InstalledPackage, Site } from './site.js';
import { baseInterpreter, minorOf, type VirtualEnvironment } from './virtual-environment.js';

/** All folders of packages and virtual environments that were found. */
export class EnvironmentIndex {
  readonly #sites = new Map<FilePath, Site>();
  readonly #virtual = new Map<FilePath, VirtualEnvironment>();

  addVirtual(environment: VirtualEnvironment): void {
    this.#virtual.set(environment.prefix, environment);
  }

  addSite(site: Site): void {
    this.#sites.set(site.site, site);
  }

  get sites(): Iterable<Site> {
    return this.#sites.values();
  }

  get virtual(): Iterable<VirtualEnvironment> {
    return this.#virtual.values();
  }

  site(path: FilePath): Site | undefined {
    return this.#sites.get(path);
  }

  /** The virtual environment that a path lies in. */
  virtualOf(path: FilePath): VirtualEnvironment | undefined {
    return [...this.#virtual.values()].find(({ prefix }) => isWithin(path, prefix));
  }

  /** The virtual environment whose packages lie in a folder. */
  virtualOfSite({ prefix }: Pick<Site, 'prefix'>): VirtualEnvironment | undefined {
    return prefix === undefined ? undefined : this.#virtual.get(prefix);
  }

  /** The package that a reference names. */
  named(reference: PackageRef | undefined): InstalledPackage | undefined {
    if (reference?.distribution !== 'python') return undefined;
    const site = reference.at && this.#sites.get(reference.at);
    const called = site?.packages.filter(({ name }) => name === reference.name);
    return called?.find(({ version }) => version === reference.version) ?? called?.[0];
  }

  /** Where an interpreter looks for what the packages of a folder ask for: there, then in what it shares. */
  searchedWith(site: Site): Site[] {
    const virtual = this.virtualOfSite(site);
    const python = site.python ?? minorOf(virtual?.version);
    const sharesAll = virtual ? virtual.systemSitePackages : isShared(site);
    if (!sharesAll) return [site];
    const shared = [...this.#sites.values()].filter(
      (each) => each !== site && isShared(each) && (each.python === undefined || each.python === python),
    );
    // A user's own folder first, then the administrator's, the packaged one last.
    const rank = ({ site: folder, prefix }: Site) =>
      folder === packagedSite ? 3 : prefix === '/usr' ? 2 : prefix === '/usr/local' ? 1 : 0;
    return [site, ...shared.sort((a, b) => rank(a) - rank(b))];
  }

  /** Where the interpreter of a folder of packages may be, best first. */
  interpretersOf(site: Site): FilePath[] {
    const virtual = this.virtualOfSite(site);
    const base = virtual && baseInterpreter(virtual);
    if (base) return [base];
    const { prefix, python, implementation } = site;
    if (prefix === undefined || python === undefined) return [];
    const name = implementation === 'pypy' ? `pypy${python}` : `python${python}`;
    const prefixes = isShared(site) ? ['/usr/local', '/usr'] : [prefix];
    return prefixes.map((each) => `${each}/bin/${name}` as FilePath);
  }

  /** Folders that packages fill: a virtual environment whole, else the folder of the packages. */
  roots(): FilePath[] {
    const sites = [...this.#sites.values()].filter(
      ({ packages, site }) => packages.length > 0 && site !== packagedSite,
    );
    return [...this.#virtual.keys(), ...sites.map(({ site }) => site)];
  }
}
