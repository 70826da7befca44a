import { reasonOf } from '../errors.js';
import type { PlannedPackage } from '../model/plan.js';
import { forEachConcurrently } from './concurrency.js';
import { type ArchiveService, type Asking, type Place, politeConnections } from './service.js';

/** More versions than these are not tried. */
const mostVersions = 3;

/** A package that a repository has, with what is asked of versions of it. */
export interface Listed {
  readonly name: string;
  readonly version: string;
  readonly place: Omit<Place, 'version' | 'evidence'>;
  /** Whose word it is, where lists may be signed: for reports. */
  readonly word?: string;
}

/** Repositories with whole lists of what they have, and how these are read. */
interface Repositories {
  readonly title: string;
  /** Where a package may be had, by its plan. */
  readonly of: (planned: PlannedPackage) => readonly string[];
  /** What a repository has of these packages. */
  readonly read: (repository: string, packages: readonly PlannedPackage[], asking: Asking) => AsyncIterable<Listed>;
  /** Whether a package that is listed can be in the place of a planned one. */
  readonly fits?: (listed: Listed, planned: PlannedPackage) => boolean;
  readonly compare: (a: string, b: string) => number;
  readonly upstreamOf: (version: string) => string;
}

/** The nearest versions that the repositories of packages list now. */
export function nearestListed({ title, of, read, fits, compare, upstreamOf }: Repositories): ArchiveService {
  return {
    rung: 'nearest',
    title,
    async locate(packages, asking) {
      const byRepository = new Map<string, PlannedPackage[]>();
      for (const planned of packages) {
        for (const each of of(planned)) byRepository.set(each, [...(byRepository.get(each) ?? []), planned]);
      }
      const found = new Map<PlannedPackage, Place[]>(packages.map((planned) => [planned, []]));
      await forEachConcurrently([...byRepository], politeConnections, async ([repository, own]) => {
        try {
          for await (const listed of read(repository, own, asking)) {
            const { name, version, place, word } = listed;
            const evidence = `${version} is the nearest that ${repository} lists${word === undefined ? '' : ` (${word})`}`;
            for (const planned of own) {
              if (planned.name === name && (fits?.(listed, planned) ?? true))
                found.get(planned)?.push({ ...place, version, evidence });
            }
          }
        } catch (error) {
          asking.signal?.throwIfAborted();
          for (const planned of own) asking.silent(planned, `${repository}: it cannot be asked (${reasonOf(error)})`);
        }
      });
      const inOrder = ({ version: wanted }: PlannedPackage, places: readonly Place[]) =>
        nearestFirst(
          wanted,
          places.map(({ version = '' }) => version),
          compare,
          upstreamOf,
        )
          .slice(0, mostVersions)
          .flatMap((version) => places.filter((place) => place.version === version));
      return new Map([...found].map(([planned, places]) => [planned, inOrder(planned, places)]));
    },
  };
}

/**
 * Other versions than a wanted one, nearest first: those of the same upstream version, then the newer ones from the
 * oldest on, then the older ones from the newest on.
 */
export function nearestFirst(
  wanted: string,
  versions: readonly string[],
  compare: (a: string, b: string) => number,
  upstreamOf: (version: string) => string,
): string[] {
  const others = [...new Set(versions)].filter((version) => compare(version, wanted) !== 0);
  const newer = others.filter((version) => compare(version, wanted) > 0).sort(compare);
  const older = others.filter((version) => compare(version, wanted) < 0).sort((a, b) => compare(b, a));
  const isSame = (version: string) => upstreamOf(version) === upstreamOf(wanted);
  const ordered = [...newer, ...older];
  return [...ordered.filter(isSame), ...ordered.filter((version) => !isSame(version))];
}
