import type { FilePath } from '../../model/file-path.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import type { FileIndex } from './file-index.js';
import { tag } from './header.js';
import type { RpmPackage } from './package.js';
import { overlaps, parseRequirement, type Relation, type Requirement, relationsOf } from './relations.js';

/** The packages that a set of packages cannot do without, as they are installed. */
export interface Closure {
  /** In the order of the database. */
  readonly packages: readonly RpmPackage[];
  /** Which others each cannot do without. */
  readonly needs: ReadonlyMap<RpmPackage, readonly RpmPackage[]>;
  /** Dependencies that nothing installed satisfies, as whole sentences, by package. */
  readonly problems: ReadonlyMap<RpmPackage, readonly string[]>;
}

/** Finds installed packages by their names, by what they provide and by their files. */
export class PackageIndex {
  readonly packages: readonly RpmPackage[];
  readonly #files: FileIndex;
  readonly #layout: UsrLayout;
  readonly #byName = new Map<string, RpmPackage[]>();
  #providers: ReadonlyMap<string, readonly { by: RpmPackage; relation: Relation }[]> | undefined;

  constructor(packages: readonly RpmPackage[], files: FileIndex, layout: UsrLayout) {
    this.packages = packages;
    this.#files = files;
    this.#layout = layout;
    for (const each of packages) append(this.#byName, each.name, each);
  }

  named(name: string): readonly RpmPackage[] {
    return this.#byName.get(name) ?? [];
  }

  /** Who has the file that a canonical path or a path of the other spelling names. */
  owning(path: FilePath): RpmPackage[] {
    const canonical = this.#layout.canonical(path);
    return (this.#files.find([canonical]).get(canonical) ?? []).map((listing) => listing.package);
  }

  satisfying(asked: Relation): RpmPackage[] {
    this.#providers ??= findProviders(this.packages);
    const found = (this.#providers.get(asked.name) ?? []).filter(({ relation }) => overlaps(relation, asked));
    const providers = found.map(({ by }) => by);
    return asked.name.startsWith('/') ? [...providers, ...this.owning(asked.name as FilePath)] : providers;
  }
}

/**
 * What is run in the new system to fill it, to look at it and to become the user of a run, and what makes it a system:
 * without these packages nothing else can be put there.
 */
export const groundFiles = ['sh', 'tar', 'xargs', 'rm', 'env', 'stat', 'find', 'setpriv'].map(
  (name) => `/usr/bin/${name}` as FilePath,
);
export const groundNames = ['filesystem', 'setup'];

export function groundOf(index: PackageIndex): RpmPackage[] {
  return [
    ...groundNames.flatMap((name) => index.named(name)),
    ...[...groundFiles, '/etc/os-release' as FilePath].flatMap((path) => index.owning(path).slice(0, 1)),
  ];
}

/** Follows what packages require, before and while they are installed and after it. Weak dependencies are no need. */
export function closureOf(used: Iterable<RpmPackage>, index: PackageIndex): Closure {
  const needed = new Set<RpmPackage>(used);
  const needs = new Map<RpmPackage, RpmPackage[]>();
  const problems = new Map<RpmPackage, string[]>();
  for (const dependent of needed) {
    for (const relation of requirementsOf(dependent)) {
      const requirement = parseRequirement(relation);
      const satisfied = requirement && satisfy(requirement, { index, needed, dependent });
      for (const each of satisfied ?? []) {
        needed.add(each);
        if (each !== dependent && !needs.get(dependent)?.includes(each)) append(needs, dependent, each);
      }
      if (!requirement) append(problems, dependent, `Its dependency "${relation.name}" cannot be read.`);
      else if (!satisfied) append(problems, dependent, `It requires ${show(relation)}, which is not installed.`);
    }
  }
  return { packages: index.packages.filter((each) => needed.has(each)), needs, problems };
}

interface Context {
  readonly index: PackageIndex;
  readonly needed: ReadonlySet<RpmPackage>;
  readonly dependent: RpmPackage;
}

/** What is installed of what is asked for; undefined where that is not enough. */
function satisfy(requirement: Requirement, context: Context): readonly RpmPackage[] | undefined {
  if (requirement.kind === 'name') {
    const chosen = choose(context.index.satisfying(requirement.relation), context);
    return chosen && [chosen];
  }
  const [first, second, third] = requirement.parts;
  const one = () => first && satisfy(first, context);
  const isSecond = () => second !== undefined && satisfy(second, context) !== undefined;
  const orElse = () => (third ? satisfy(third, context) : []);
  switch (requirement.kind) {
    case 'if':
      return isSecond() ? one() : orElse();
    case 'unless':
      return isSecond() ? orElse() : one();
    case 'or':
      return firstOf(requirement.parts, context);
    case 'with':
    case 'without': {
      const both = new Set(second && allOf(second, context));
      const chosen = choose(
        (first ? allOf(first, context) : []).filter((each) => both.has(each) === (requirement.kind === 'with')),
        context,
      );
      return chosen && [chosen];
    }
    default: {
      const all = requirement.parts.map((part) => satisfy(part, context));
      return all.includes(undefined) ? undefined : all.flatMap((each) => each ?? []);
    }
  }
}

function firstOf(parts: readonly Requirement[], context: Context): readonly RpmPackage[] | undefined {
  const satisfied = parts.flatMap((part) => {
    const found = satisfy(part, context);
    return found ? [found] : [];
  });
  return satisfied.find((found) => found.every((each) => context.needed.has(each))) ?? satisfied[0];
}

function allOf(requirement: Requirement, { index }: Context): readonly RpmPackage[] {
  return requirement.kind === 'name' ? index.satisfying(requirement.relation) : [];
}

/** Of several one that is needed anyway, else one of the same architecture, else the first. */
function choose(candidates: readonly RpmPackage[], { needed, dependent }: Context): RpmPackage | undefined {
  const isSame = ({ architecture }: RpmPackage) => architecture === dependent.architecture;
  return candidates.find((each) => needed.has(each)) ?? candidates.find(isSame) ?? candidates[0];
}

function requirementsOf({ header }: RpmPackage): Relation[] {
  return relationsOf(
    header.strings(tag.requireName),
    header.numbers(tag.requireFlags),
    header.strings(tag.requireVersion),
  );
}

function findProviders(packages: readonly RpmPackage[]): Map<string, { by: RpmPackage; relation: Relation }[]> {
  const providers = new Map<string, { by: RpmPackage; relation: Relation }[]>();
  for (const by of packages) {
    const { header } = by;
    const relations = relationsOf(
      header.strings(tag.provideName),
      header.numbers(tag.provideFlags),
      header.strings(tag.provideVersion),
    );
    for (const relation of relations) append(providers, relation.name, { by, relation });
  }
  return providers;
}

function show({ name, version }: Relation): string {
  return version === '' ? name : `${name} (${version})`;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
