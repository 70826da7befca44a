import { identify } from '../identification/identify.js';
import { lookAtKinds } from '../identification/look-at.js';
import type { Machine } from '../machines/machine.js';
import { type FilePath, rootPath, showPath } from '../model/file-path.js';
import type { PackageRef } from '../model/owner.js';
import { silent, stage } from '../model/progress.js';
import { type PackageFact, packageText } from './facts.js';
import type { LazyMachine } from './lazy-machine.js';
import type { OpenSource, ReadOptions } from './source.js';

/** Which packages a filesystem has, and of which each of its entries is. */
export interface Packages {
  readonly facts: readonly PackageFact[];
  /** The text of the package of each path that is of one. */
  readonly owners: ReadonlyMap<FilePath, string>;
}

/** Says of all that a machine has which package it is of: each database is read once, and no program is started. */
export async function packagesOf(
  machine: Machine,
  {
    roots = [rootPath],
    progress = silent,
    signal,
  }: { readonly roots?: readonly FilePath[] } & Pick<ReadOptions, 'progress' | 'signal'>,
): Promise<Packages> {
  return stage(progress, 'looking for packages', async () => {
    const { accesses, seen } = await lookAtKinds(machine, roots, signal);
    const identified = await identify(machine, accesses, { verify: false, seen, ...(signal && { signal }) });
    const known = new PackageTexts();
    const owners = new Map<FilePath, string>();
    for (const { path } of accesses) {
      const owner = identified.owners.get(path)?.package;
      if (owner) owners.set(path, known.textOf(owner));
    }
    return { facts: known.facts(), owners };
  });
}

/** Texts of packages, of which each is made once: a text for every file would cost more than finding it. */
export class PackageTexts {
  readonly #texts = new Map<PackageRef, string>();
  readonly #facts = new Map<string, PackageFact>();

  textOf(reference: PackageRef): string {
    const known = this.#texts.get(reference);
    if (known !== undefined) return known;
    const fact = factOf(reference);
    const text = packageText(fact);
    this.#texts.set(reference, text);
    this.add(fact);
    return text;
  }

  /** What was told of a package first stays. */
  add(fact: PackageFact): void {
    const text = packageText(fact);
    if (!this.#facts.has(text)) this.#facts.set(text, fact);
  }

  /** In the order of their texts. */
  facts(): PackageFact[] {
    return [...this.#facts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fact]) => fact);
  }
}

/** What a source tells of a package that identification named. */
export function factOf({ distribution, name, version, architecture, at }: PackageRef): PackageFact {
  return {
    ...{ distribution, name, version },
    ...(architecture !== undefined && { architecture }),
    ...(at !== undefined && { at: showPath(at) }),
  };
}

/** A source that tells the packages of its entries, where they are wanted: they are looked for on its machine. */
export function withPackages(
  source: OpenSource,
  machine: LazyMachine,
  options: ReadOptions & { readonly roots?: readonly FilePath[] },
): OpenSource {
  if (!options.packages) return source;
  let found: Promise<Packages> | undefined;
  const packages = () => {
    found ??= machine.get().then((each) => packagesOf(each, options));
    return found;
  };
  return withOwners(source, packages);
}

/** A source whose entries have the owners, and its facts the packages, that are found otherwise. */
export function withOwners(source: OpenSource, packages: () => Promise<Packages>): OpenSource {
  async function* batches() {
    const { owners } = await packages();
    for await (const batch of source.batches()) {
      yield Array.from(batch, (entry) => {
        const owner = owners.get(entry.path);
        return owner === undefined ? entry : { ...entry, package: owner };
      });
    }
  }
  return {
    ...source,
    batches,
    facts: async () => ({ ...(await source.facts()), packages: [...(await packages()).facts] }),
  };
}
