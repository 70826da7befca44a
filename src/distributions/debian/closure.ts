import type { DpkgPackage } from './package.js';
import type { Relation } from './relations.js';
import { satisfiesVersion } from './versions.js';

/** The packages that a set of packages cannot do without, as they are installed. */
export interface Closure {
  /** In the order of the status file. */
  readonly packages: readonly DpkgPackage[];
  /** Dependencies that nothing installed satisfies, as whole sentences, by package. */
  readonly problems: ReadonlyMap<DpkgPackage, readonly string[]>;
}

/** Finds installed packages by the names they have and the names they provide. */
export class PackageIndex {
  readonly packages: readonly DpkgPackage[];
  readonly #native: string;
  readonly #byName = new Map<string, DpkgPackage[]>();
  #providers: Map<string, { by: DpkgPackage; relation: Relation }[]> | undefined;

  constructor(packages: readonly DpkgPackage[], native: string) {
    this.packages = packages;
    this.#native = native;
    for (const each of packages) append(this.#byName, each.name, each);
  }

  named(name: string): readonly DpkgPackage[] {
    return this.#byName.get(name) ?? [];
  }

  /** All that satisfy one alternative of a dependency of `dependent`: by name first, then those that provide it. */
  satisfying(relation: Relation, dependent: DpkgPackage): DpkgPackage[] {
    this.#providers ??= this.#findProviders();
    const providers = (this.#providers.get(relation.name) ?? []).filter(
      ({ by, relation: provided }) =>
        this.#fitsArchitecture(by, relation, dependent) && fitsVersion(provided.constraint?.version, relation),
    );
    const byName = this.named(relation.name).filter((each) => this.fits(each, relation, dependent));
    return [...byName, ...providers.map(({ by }) => by)];
  }

  /** Whether a package of that name is one that a dependency of `dependent` asks for. */
  fits(named: DpkgPackage, relation: Relation, dependent: DpkgPackage): boolean {
    return this.#fitsArchitecture(named, relation, dependent) && fitsVersion(named.version, relation);
  }

  /** https://wiki.ubuntu.com/MultiarchSpec: `foreign` serves every architecture, `allowed` where `:any` is asked. */
  #fitsArchitecture(candidate: DpkgPackage, { qualifier }: Relation, dependent: DpkgPackage): boolean {
    if (qualifier === 'any') return true;
    const own = this.#effective(candidate);
    if (qualifier !== undefined && qualifier !== 'native')
      return own === qualifier || candidate.architecture === qualifier;
    return (
      candidate.multiArch === 'foreign' || own === (qualifier === 'native' ? this.#native : this.#effective(dependent))
    );
  }

  #effective({ architecture }: DpkgPackage): string {
    return architecture === 'all' ? this.#native : architecture;
  }

  #findProviders(): Map<string, { by: DpkgPackage; relation: Relation }[]> {
    const providers = new Map<string, { by: DpkgPackage; relation: Relation }[]>();
    for (const by of this.packages)
      for (const relation of by.provides()) append(providers, relation.name, { by, relation });
    return providers;
  }
}

/**
 * Follows Depends and Pre-Depends from the used packages and from every Essential one. Of several alternatives that
 * are installed, one that is needed anyway wins, then the first as written.
 */
export function closureOf(used: Iterable<DpkgPackage>, index: PackageIndex): Closure {
  const needed = new Set<DpkgPackage>([...used, ...index.packages.filter((each) => each.essential)]);
  const isNeeded = (each: DpkgPackage): boolean => needed.has(each);
  const problems = new Map<DpkgPackage, string[]>();
  for (const dependent of needed) {
    const { groups, unreadable } = dependent.dependencies();
    for (const text of unreadable) append(problems, dependent, `Its dependency "${text}" cannot be read.`);
    for (const group of groups) {
      // Most dependencies are on what is needed anyway, by its own name.
      const isFilled = (relation: Relation): boolean =>
        index.named(relation.name).some((each) => isNeeded(each) && index.fits(each, relation, dependent));
      if (group.some(isFilled)) continue;
      const candidates = group.flatMap((relation) => index.satisfying(relation, dependent));
      const chosen = candidates.find(isNeeded) ?? candidates[0];
      if (chosen) needed.add(chosen);
      else append(problems, dependent, `It depends on ${showGroup(group)}, which is not installed.`);
    }
  }
  return { packages: index.packages.filter((each) => needed.has(each)), problems };
}

/** What each of a closure's packages needs of the others: by name, and architecture where several have the name. */
export function needsOf({ packages }: Closure, index: PackageIndex): (dependent: DpkgPackage) => string[] {
  const closure = new Set(packages);
  const shown = ({ name, id }: DpkgPackage): string =>
    index.named(name).filter((each) => closure.has(each)).length > 1 ? id : name;
  return (dependent) => {
    const needed = dependent.dependencies().groups.flatMap((group) => {
      const candidates = group.flatMap((relation) => index.satisfying(relation, dependent));
      return candidates.find((each) => closure.has(each) && each !== dependent) ?? [];
    });
    return [...new Set(needed.map(shown))].sort();
  };
}

/** A dependency with a version is never satisfied by a provision without one (policy §7.5). */
function fitsVersion(version: string | undefined, { constraint }: Relation): boolean {
  if (!constraint) return true;
  return version !== undefined && satisfiesVersion(version, constraint.relation, constraint.version);
}

function showGroup(group: readonly Relation[]): string {
  return group
    .map(({ name, qualifier, constraint }) => {
      const bound = constraint ? ` (${constraint.relation} ${constraint.version})` : '';
      return `${name}${qualifier ? `:${qualifier}` : ''}${bound}`;
    })
    .join(' or ');
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
