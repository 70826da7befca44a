import type { FilePath } from '../../model/file-path.js';
import type { EnvironmentIndex } from './environments.js';
import type { MarkerEnvironment } from './markers.js';
import { applies, type Requirement } from './requirements.js';
import type { InstalledPackage, Site } from './site.js';
import { satisfies } from './specifiers.js';

/** The packages that others need, as they are installed, with what each of them needs of the same folder. */
export interface Closure {
  readonly packages: ReadonlySet<InstalledPackage>;
  readonly needs: ReadonlyMap<InstalledPackage, readonly InstalledPackage[]>;
  /** Whole sentences. */
  readonly problems: ReadonlyMap<InstalledPackage, readonly string[]>;
}

/** Follows requirements, extras included, in the folders that the interpreter of each package searches. */
export function closureOf(
  used: Iterable<InstalledPackage>,
  environments: EnvironmentIndex,
  processor: string,
): Closure {
  const packages = new Set<InstalledPackage>();
  const needs = new Map<InstalledPackage, Set<InstalledPackage>>();
  const problems = new Map<InstalledPackage, Set<string>>();
  const extras = new Map<InstalledPackage, Set<string>>();
  const open: InstalledPackage[] = [...used];
  for (let each = open.pop(); each; each = open.pop()) {
    packages.add(each);
    const site = environments.site(each.site);
    const found = site && needsOf(each, extras.get(each) ?? new Set(), { site, environments, processor });
    for (const sentence of found?.problems ?? []) add(problems, each, sentence);
    for (const { needed, requirement } of found?.needs ?? []) {
      add(needs, each, needed);
      const known = extras.get(needed) ?? new Set();
      const isNew = !packages.has(needed) || requirement.extras.some((extra) => !known.has(extra));
      extras.set(needed, new Set([...known, ...requirement.extras]));
      if (isNew) open.push(needed);
    }
  }
  return { packages, needs: listed(needs), problems: listed(problems) };
}

/** The files that name what these packages need: whose these are says which package manager has them. */
export function namesOfNeeds(
  used: ReadonlySet<InstalledPackage>,
  environments: EnvironmentIndex,
  processor: string,
): FilePath[] {
  const { packages } = closureOf(used, environments, processor);
  return [...packages].filter((each) => !used.has(each)).map(({ metadata }) => metadata);
}

interface Place {
  readonly site: Site;
  readonly environments: EnvironmentIndex;
  readonly processor: string;
}

function needsOf(each: InstalledPackage, extras: ReadonlySet<string>, { site, environments, processor }: Place) {
  const virtual = environments.virtualOfSite(site);
  const environment = markerEnvironment(site, virtual?.version, processor);
  const searched = environments.searchedWith(site);
  const needs: { readonly needed: InstalledPackage; readonly requirement: Requirement }[] = [];
  const problems: string[] = [];
  for (const requirement of each.requires) {
    if (!applies(requirement, environment, extras)) continue;
    const needed = searched.flatMap(({ packages }) => packages.find(({ name }) => name === requirement.name) ?? [])[0];
    if (!needed) problems.push(`It requires ${requirement.name}, which is not installed.`);
    else if (!satisfies(needed.version, requirement.specifiers)) {
      const bounds = requirement.specifiers.map(({ operator, version }) => operator + version).join(',');
      problems.push(`It requires ${requirement.name}${bounds}, and ${needed.version} is installed.`);
    }
    if (needed) needs.push({ needed, requirement });
  }
  return { needs, problems };
}

/** What markers may ask about, as far as the files tell it; what they do not tell is empty. */
export function markerEnvironment(
  site: Pick<Site, 'python' | 'implementation'>,
  version: string | undefined,
  machine: string,
): MarkerEnvironment {
  const isPyPy = site.implementation === 'pypy';
  const full = version ?? site.python ?? '';
  return {
    implementation_name: isPyPy ? 'pypy' : 'cpython',
    implementation_version: isPyPy ? '' : full,
    os_name: 'posix',
    platform_machine: machine,
    platform_python_implementation: isPyPy ? 'PyPy' : 'CPython',
    platform_system: 'Linux',
    python_full_version: full,
    python_version: site.python ?? /^\d+\.\d+/.exec(full)?.[0] ?? '',
    sys_platform: 'linux',
  };
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}

function listed<K, V>(map: ReadonlyMap<K, ReadonlySet<V>>): Map<K, V[]> {
  return new Map([...map].map(([key, values]) => [key, [...values]]));
}
