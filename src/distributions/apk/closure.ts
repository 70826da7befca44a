import type { FilePath } from '../../model/file-path.js';
import { type ApkDatabase, type ApkPackage, decoded } from './database.js';
import { compareVersions } from './versions.js';

/** The packages that a set of packages cannot do without, as they are installed. */
export interface Closure {
  /** In the order of the database. */
  readonly packages: readonly ApkPackage[];
  /** Which others each cannot do without. */
  readonly needs: ReadonlyMap<ApkPackage, ReadonlySet<ApkPackage>>;
  /** Dependencies that nothing installed satisfies, as whole sentences. */
  readonly problems: ReadonlyMap<ApkPackage, readonly string[]>;
}

/** What a dependency or a request asks for. */
export interface Relation {
  readonly name: string;
  readonly operator: string;
  readonly version: string;
}

interface Provider {
  readonly by: ApkPackage;
  readonly version: string;
}

/** Finds installed packages by their names, by what they provide (`so:`, `cmd:`, ...) and by their files. */
export class PackageIndex {
  readonly packages: readonly ApkPackage[];
  readonly #providers = new Map<string, Provider[]>();
  readonly #owners: (path: FilePath) => readonly ApkPackage[];

  constructor({ packages }: Pick<ApkDatabase, 'packages'>, owners: (path: FilePath) => readonly ApkPackage[]) {
    this.packages = packages;
    this.#owners = owners;
    for (const by of packages) {
      this.#add(by.name, { by, version: by.version });
      for (const { name, version } of relationsOf(by, 'p')) this.#add(name, { by, version });
    }
  }

  named(name: string): readonly ApkPackage[] {
    return this.packages.filter((each) => each.name === name);
  }

  owning(path: FilePath): readonly ApkPackage[] {
    return this.#owners(path);
  }

  /** Whose name it is comes first, then who is to be preferred (provider_priority). */
  satisfying(relation: Relation): readonly ApkPackage[] {
    const providers = (this.#providers.get(relation.name) ?? []).filter(({ version }) => fits(version, relation));
    const rank = ({ by }: Provider) =>
      by.name === relation.name ? Number.POSITIVE_INFINITY : Number(by.fields.get('k') ?? 0);
    if (providers.length > 0 || !relation.name.startsWith('/'))
      return providers.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a))).map(({ by }) => by);
    return this.owning(relation.name as FilePath);
  }

  #add(name: string, provider: Provider): void {
    this.#providers.set(name, [...(this.#providers.get(name) ?? []), provider]);
  }
}

/** What makes a machine of it, and what customize runs there: without these nothing else can be put in place. */
export function groundOf(index: PackageIndex): ApkPackage[] {
  const names = ['alpine-baselayout', 'alpine-baselayout-data', 'busybox', 'alpine-release'];
  const files = ['/bin/busybox', '/bin/sh', '/etc/os-release'] as readonly string[] as readonly FilePath[];
  return [...names.flatMap((name) => index.named(name)), ...files.flatMap((path) => index.owning(path).slice(0, 1))];
}

export function closureOf(used: Iterable<ApkPackage>, index: PackageIndex): Closure {
  const needed = new Set<ApkPackage>(used);
  const needs = new Map<ApkPackage, Set<ApkPackage>>();
  const problems = new Map<ApkPackage, string[]>();
  for (const dependent of needed) {
    const own = new Set<ApkPackage>();
    needs.set(dependent, own);
    for (const relation of relationsOf(dependent, 'D')) {
      const candidates = index.satisfying(relation);
      const chosen = candidates.find((each) => needed.has(each)) ?? candidates[0];
      if (chosen && chosen !== dependent) own.add(chosen);
      if (chosen) needed.add(chosen);
      else {
        const { name, operator, version } = relation;
        const sentence = `It depends on ${name}${operator}${version}, which is not installed.`;
        problems.set(dependent, [...(problems.get(dependent) ?? []), sentence]);
      }
    }
  }
  return { packages: index.packages.filter((each) => needed.has(each)), needs, problems };
}

/** What a package depends on, provides, and comes by itself with; what begins with `!` must not be there, and is no need. */
export function relationsOf(each: ApkPackage, field: 'D' | 'p' | 'i'): Relation[] {
  return wordsOf(each, field).flatMap((word) => (word.startsWith('!') ? [] : (relationIn(word) ?? [])));
}

/** What must not be there beside it. */
export function conflictsOf(each: ApkPackage): Relation[] {
  return wordsOf(each, 'D').flatMap((word) => (word.startsWith('!') ? (relationIn(word.slice(1)) ?? []) : []));
}

/** `name`, `name>=1.2`, `so:libz.so.1=1.3`. */
export function relationIn(word: string): Relation | undefined {
  const [, name, operator = '', version = ''] = /^([^<>=~@]+)(?:@[^<>=~]+)?([<>=~]*)(.*)$/.exec(word) ?? [];
  return name === undefined ? undefined : { name, operator, version };
}

function wordsOf({ fields }: ApkPackage, field: string): string[] {
  return decoded(fields.get(field) ?? '').split(/\s+/);
}

/** `~` wants a version that begins so, and `><` a checksum, which is not compared. */
export function fits(provided: string, { operator, version }: Relation): boolean {
  if (operator === '' || operator === '><') return true;
  if (operator.includes('~')) {
    const next = provided[version.length];
    return provided.startsWith(version) && (next === undefined || !/[0-9]/.test(next));
  }
  const order = compareVersions(provided, version);
  return (
    (operator.includes('<') && order < 0) ||
    (operator.includes('>') && order > 0) ||
    (operator.includes('=') && order === 0)
  );
}
