import { type PackageFact, packageText } from '../sources/facts.js';
import { type Features, inOrder, sharedAmounts, weighted } from './features.js';
import type { FeatureOptions, PackageLevel } from './levels.js';

/** Of the packages of one environment: what is known of them, undefined where nobody looked or could. */
export type KnownPackages = readonly PackageFact[] | undefined;

/**
 * Packages in the place of entries. One that is there for several architectures, or at several places, counts once by
 * its name, and once by each of its versions.
 */
export function packageFeaturesOf(
  environments: readonly KnownPackages[],
  { level, weighting, isMine }: FeatureOptions & { level: PackageLevel; isMine?: (key: string) => boolean },
): Features {
  return weighted(
    packagesOf(environments, { level, weighting, ...(isMine && { isMine }) }),
    weighting,
    environments.length,
  );
}

/** As `packageFeaturesOf`, before what is rare is known. */
export function packagesOf(
  environments: readonly KnownPackages[],
  {
    level,
    weighting,
    isMine,
  }: Omit<FeatureOptions, 'entries'> & { level: PackageLevel; isMine?: (key: string) => boolean },
): Features {
  const having = new Map<string, { tags: readonly number[]; amount: number }[]>();
  for (const [tag, packages = []] of environments.entries()) {
    for (const [key, size] of sizesByKey(packages, level)) {
      if (isMine && !isMine(key)) continue;
      const each = { tags: [tag], amount: weighting === 'bytes' ? size : 1 };
      const known = having.get(key);
      if (known) known.push(each);
      else having.set(key, [each]);
    }
  }
  return inOrder([...having.values()].flatMap(sharedAmounts), 0);
}

/** What a package is called at a level: `debian libc6`, or `debian libc6 2.36-9`. */
export function packageKeyAt({ distribution, name, version }: PackageFact, level: PackageLevel): string {
  const parts = { distribution, name, version: level === 'package' ? '' : version };
  return packageText(parts).trimEnd();
}

/** What is to be said of what is not known. */
export function notesOnPackages(
  names: readonly string[],
  environments: readonly KnownPackages[],
  weighing: string,
): string[] {
  const silent = names.filter((_, at) => environments[at] === undefined);
  const unsized = environments.flatMap((packages) => packages ?? []).filter(({ size }) => size === undefined).length;
  return [
    ...(silent.length === 0
      ? []
      : [
          `Of ${silent.join(', ')} no packages are known: nothing is the same there, which says nothing of what is installed.`,
        ]),
    ...(weighing === 'bytes' && unsized > 0
      ? [`Of ${unsized} packages the size is not known: they weigh nothing.`]
      : []),
  ];
}

/** The bytes of all that is called the same: several architectures of a package are one package. */
function sizesByKey(packages: readonly PackageFact[], level: PackageLevel): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const each of packages) {
    const key = packageKeyAt(each, level);
    sizes.set(key, (sizes.get(key) ?? 0) + (each.size ?? 0));
  }
  return sizes;
}
