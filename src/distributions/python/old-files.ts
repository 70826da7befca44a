import { forEachConcurrently } from '../../archives/concurrency.js';
import { nearestFirst } from '../../archives/nearest.js';
import { type ArchiveService, type Asking, type Place, politeConnections } from '../../archives/service.js';
import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { PlannedPackage } from '../../model/plan.js';
import { archiveIndexes, archivesSet } from './settings.js';
import { filesOfProject, type IndexFile } from './simple-index.js';
import { fitOf, parseWheelName } from './tags.js';
import { compareVersions, parseVersion } from './versions.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The package indexes that are set for this, else those that the machine is set to and those of the traced one: they are
 * asked for a wheel by its hash, and at last for that of the nearest version.
 */
export function pythonArchives(environment: Environment, host: Machine): ArchiveService[] {
  const set = archivesSet(environment);
  if (set?.length === 0) return [];
  const indexesFor = async (packages: readonly PlannedPackage[]) => {
    const traced = packages.flatMap(({ artifact: { origins = [] } }) => origins.flatMap(({ uri }) => uri ?? []));
    return archiveIndexes(environment, host, traced);
  };
  const named = (rung: ArchiveService['rung'], placesOf: PlacesOf): ArchiveService => ({
    rung,
    title: 'the package indexes of Python',
    locate: async (packages, asking) => locate(packages, await indexesFor(packages), placesOf, asking),
  });
  const everywhere: PlacesOf = (planned, files, indexes) => [
    ...listed(planned, files),
    ...byVersion(planned, files, host),
    ...byPath(
      planned,
      indexes.map((index) => index.replace(/\/\+?simple$/, '')),
    ),
    ...byHash(planned, set ?? []),
  ];
  return [named('old-builds', everywhere), named('nearest', (planned, files) => nearest(planned, files, host))];
}

/** What an index offers of a project. */
interface Offered extends IndexFile {
  readonly index: string;
}

type PlacesOf = (planned: PlannedPackage, files: readonly Offered[], indexes: readonly string[]) => readonly Place[];

async function locate(
  packages: readonly PlannedPackage[],
  indexes: readonly string[],
  placesOf: PlacesOf,
  { client, signal, silent }: Asking,
): Promise<Map<PlannedPackage, readonly Place[]>> {
  const wheels = packages.filter(
    ({ artifact: { digest, key, name } }) => key !== undefined || (digest && parseWheelName(name)),
  );
  const offered = new Map<string, Offered[]>();
  const projects = [...new Set(wheels.map(({ name }) => name))];
  const unreached = new Map<string, string>();
  await forEachConcurrently(projects, politeConnections, async (project) => {
    const files: Offered[] = [];
    for (const index of indexes.filter((each) => !unreached.has(each))) {
      try {
        const found = await filesOfProject(project, [index], client, signal);
        files.push(...found.map((file) => ({ ...file, index })));
      } catch (error) {
        signal?.throwIfAborted();
        unreached.set(index, reasonOf(error));
      }
    }
    offered.set(project, files);
  });
  for (const planned of wheels) for (const reason of unreached.values()) silent(planned, reason);
  return new Map(
    wheels.map((planned) => {
      const places = placesOf(planned, offered.get(planned.name) ?? [], indexes);
      return [planned, [...new Map(places.map((place) => [place.url, place])).values()]];
    }),
  );
}

/** Whatever its name and address are now. */
function listed({ artifact: { digest } }: PlannedPackage, files: readonly Offered[]): Place[] {
  const same = files.filter(({ sha256 }) => sha256 !== undefined && sha256 === digest?.value);
  return same.map(({ url, index }) => ({ url, evidence: `listed by ${index} with this very hash` }));
}

/** Of what has no hash in the lock: a wheel of its version for its Python. */
function byVersion(planned: PlannedPackage, files: readonly Offered[], host: Machine) {
  const { version, artifact } = planned;
  const fitting = artifact.key === undefined ? [] : files.flatMap((file) => fittingWheel(file, planned, host));
  const same = fitting.filter((each) => compareVersions(each.version, version) === 0);
  return same
    .toSorted((a, b) => b.fit - a.fit)
    .map(({ file: { url, index, sha256 } }): Place => {
      const evidence = `listed by ${index} as a wheel of this version (SHA-256 ${sha256})`;
      return { url, digest: { algorithm: 'sha256', value: sha256 }, evidence };
    });
}

/** A wheel that is not withdrawn and runs where it is wanted: the path says for which Python. */
function fittingWheel(file: Offered, { at, artifact: { libc } }: PlannedPackage, { processor: machine }: Machine) {
  const { sha256 } = file;
  const wheel = file.yanked ? undefined : parseWheelName(file.name);
  const python = /\/python(\d+\.\d+)\//.exec(at ?? '')?.[1];
  const fit = wheel && python ? fitOf(wheel, { python, ...(libc && { libc }), machine }) : undefined;
  return wheel && fit !== undefined && sha256 !== undefined
    ? [{ file: { ...file, sha256 }, version: wheel.version, fit }]
    : [];
}

/** Mirrors keep the path at which the index has the file, `/packages/ab/cd/ef...`, which is of another hash than its own. */
function byPath({ artifact: { urls } }: PlannedPackage, bases: readonly string[]): Place[] {
  const paths = urls.flatMap(
    (url) => /\/packages\/([0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/[^/]+)$/.exec(url)?.[1] ?? [],
  );
  const evidence = 'at the path where the index had it';
  return paths.flatMap((path) => bases.map((base) => ({ url: `${base}/packages/${path}`, evidence })));
}

/** Archives that somebody keeps may have files by their SHA-256 in the same layout. */
function byHash({ artifact: { digest, name } }: PlannedPackage, bases: readonly string[]): Place[] {
  if (digest?.algorithm !== 'sha256') return [];
  const path = digest.value.replace(/^(..)(..)/, '$1/$2/');
  return bases.map((base) => ({ url: `${base}/packages/${path}/${name}`, evidence: 'by its hash' }));
}

/** Wheels of other versions for the same Pythons and platforms; none that was withdrawn. */
function nearest(planned: PlannedPackage, files: readonly Offered[], host: Machine): Place[] {
  const { version, artifact } = planned;
  const tags = tagsOf(artifact.name);
  const isSame = (file: Offered) => !file.yanked && file.sha256 !== undefined && tagsOf(file.name) === tags;
  const isFitting = (file: Offered) => fittingWheel(file, planned, host).length > 0;
  const fitting = files.filter(artifact.digest ? isSame : isFitting);
  const byVersion = new Map(fitting.map((file) => [parseWheelName(file.name)?.version ?? '', file]));
  const [best] = nearestFirst(version, [...byVersion.keys()], compareVersions, upstreamOf);
  const file = best === undefined ? undefined : byVersion.get(best);
  if (best === undefined || file?.sha256 === undefined) return [];
  const digest = { algorithm: 'sha256', value: file.sha256 } as const;
  return [{ url: file.url, digest, version: best, evidence: `${best} is the nearest version that ${file.index} has` }];
}

function tagsOf(file: string): string {
  const { pythons = [], abis = [], platforms = [] } = parseWheelName(file) ?? {};
  return [pythons, abis, platforms].map((tags) => tags.join('.')).join('-');
}

/** Later builds of a release are post-releases or have a local part. */
function upstreamOf(version: string): string {
  return parseVersion(version)?.release.join('.') ?? version;
}
