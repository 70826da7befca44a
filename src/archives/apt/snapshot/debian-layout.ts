import { reasonOf } from '../../../errors.js';
import type { Digest } from '../../../hash.js';
import type { ArtifactOrigin, PlannedPackage } from '../../../model/plan.js';
import { forEachConcurrently } from '../../concurrency.js';
import { type ArchiveService, type Asking, type Place, politeConnections } from '../../service.js';
import { cover, type Range } from './cover.js';
import { type DatedSuite, datedStanzas, digestIn } from './dated-index.js';
import { filesOf, rangesOf, type SnapshotFile } from './machine-interface.js';
import { timestampOf } from './timestamp.js';

/**
 * A snapshot service with the layout and the machine interface of Debian's (https://snapshot.debian.org): it knows each
 * file by its SHA-1, and of each archive every state since it began. A package whose hash the lock does not have is
 * looked up in the indexes of few points in time.
 */
export function debianSnapshots(base: string): ArchiveService {
  return {
    rung: 'snapshot',
    title: `the snapshots at ${base}`,
    async locate(all, asking) {
      const packages = all.filter((planned) => !isOfUbuntu(planned));
      const known = await lookUp(base, packages, asking);
      const unhashed = packages.filter((planned) => planned.artifact.digest === undefined && known.has(planned));
      const listed = await listedDigests(base, unhashed, known, asking);
      const placesOf = (planned: PlannedPackage) => {
        const byHash = placesByHash(base, planned, known.get(planned) ?? [], listed.get(planned));
        const others = placesByDate(base, planned).filter(({ url }) => !byHash.some((place) => place.url === url));
        return [...byHash, ...others];
      };
      return new Map(packages.map((planned) => [planned, placesOf(planned)]));
    },
  };
}

/** What the machine interface knows of each package; a service that does not answer is not asked again. */
async function lookUp(
  base: string,
  packages: readonly PlannedPackage[],
  { client, signal, lacks, silent }: Asking,
): Promise<Map<PlannedPackage, readonly SnapshotFile[]>> {
  const known = new Map<PlannedPackage, readonly SnapshotFile[]>();
  let silence: string | undefined;
  await forEachConcurrently(packages, politeConnections, async (planned) => {
    signal?.throwIfAborted();
    try {
      if (silence === undefined) {
        const files = await filesOf(base, planned, { client, ...(signal && { signal }) });
        const { size } = planned.artifact;
        const fitting = files.filter((file) => size === undefined || file.size === size);
        if (files.length === 0) lacks(planned, `${base}: it never had this version`);
        else if (fitting.length === 0) lacks(planned, `${base}: its file of this version has another size`);
        if (fitting.length > 0) known.set(planned, fitting);
      }
    } catch (error) {
      signal?.throwIfAborted();
      silence = `${base}: it cannot be asked (${reasonOf(error)})`;
    }
    if (silence !== undefined) silent(planned, silence);
  });
  return known;
}

function placesByHash(
  base: string,
  planned: PlannedPackage,
  files: readonly SnapshotFile[],
  listed: Listed | undefined,
): Place[] {
  const bySha1 = new Map(files.toReversed().map((file) => [file.sha1, file]));
  return [...bySha1.values()].toReversed().flatMap(({ sha1, archive, path, firstSeen }) => {
    const at = timestampOf(firstSeen);
    const seen = `first seen in ${archive} on ${at}`;
    const evidence = planned.artifact.digest ? seen : `${seen}, ${listed?.evidence ?? 'by name and version only'}`;
    const digest: Digest = listed ? { algorithm: 'sha256', value: listed.sha256 } : { algorithm: 'sha1', value: sha1 };
    const urls = [`${base}/file/${sha1}`, `${base}/archive/${archive}/${at}/${encodeURI(path)}`];
    return urls.map((url) => ({ url, digest, evidence }));
  });
}

/** The very path at the date of the index that listed it: for services without the machine interface. */
export function placesByDate(base: string, { artifact: { digest, origins = [] } }: PlannedPackage): Place[] {
  if (digest === undefined) return [];
  return origins.flatMap((origin) => {
    const { path, date } = origin;
    if (path === undefined || date === undefined) return [];
    const archive = archiveOf(origin);
    if (archive === undefined) return [];
    const at = timestampOf(Date.parse(date) / 1000);
    return [{ url: `${base}/archive/${archive}/${at}/${encodeURI(path)}`, evidence: `listed by ${archive} on ${at}` }];
  });
}

interface Listed {
  readonly sha256: string;
  readonly evidence: string;
}

/** The SHA-256 by which the archives' own indexes listed packages of which the lock has none. */
async function listedDigests(
  base: string,
  packages: readonly PlannedPackage[],
  known: ReadonlyMap<PlannedPackage, readonly SnapshotFile[]>,
  asking: Asking,
): Promise<Map<PlannedPackage, Listed>> {
  const { client, signal, lacks } = asking;
  const options = { client, ...(signal && { signal }) };
  const ranges = new Map<PlannedPackage, Range[]>();
  await forEachConcurrently(packages, politeConnections, async (planned) => {
    try {
      ranges.set(planned, await rangesOf(base, planned, known.get(planned) ?? [], options));
    } catch (error) {
      signal?.throwIfAborted();
      lacks(planned, `${base}: when it had this version is not known (${reasonOf(error)})`);
    }
  });
  const listed = new Map<PlannedPackage, Listed>();
  for (const { series, at, items } of cover(ranges)) {
    const uri = `${base}/archive/${series}/${timestampOf(at)}`;
    for (const suite of suitesOf(series, items)) {
      const left = items.filter((planned) => !listed.has(planned));
      if (left.length === 0) break;
      const names = new Set(left.map(({ name }) => name));
      try {
        const stanzas = await datedStanzas({ uri, at, ...suite }, (name) => names.has(name), asking);
        for (const planned of left) {
          const sha256 = digestIn(stanzas, planned);
          const how = suite.signature.isUnsigned ? 'unsigned, as on the origin' : 'signed';
          if (sha256 !== undefined)
            listed.set(planned, { sha256, evidence: `listed by ${uri} ${suite.suite} (${how})` });
        }
      } catch (error) {
        signal?.throwIfAborted();
        for (const planned of left) lacks(planned, `${uri} ${suite.suite}: ${reasonOf(error)}`);
      }
    }
  }
  return listed;
}

/** The suites of an archive that the lock knows of, for each architecture; packages for all of them are in each. */
function suitesOf(series: string, packages: readonly PlannedPackage[]) {
  const special = packages.flatMap(({ architecture = 'all' }) => (architecture === 'all' ? [] : [architecture]));
  const architectures = new Set(special.length > 0 ? special : ['all']);
  const suites = new Map<string, Pick<DatedSuite, 'suite' | 'index' | 'signature'>>();
  for (const origin of packages.flatMap(({ artifact }) => artifact.origins ?? [])) {
    const { suite, component, signature = {} } = origin;
    if (suite === undefined || component === undefined || archiveOf(origin) !== series) continue;
    for (const architecture of architectures) {
      const index = `${component}/binary-${architecture}/Packages`;
      suites.set(`${suite} ${index}`, { suite, index, signature });
    }
  }
  return [...suites.values()];
}

/** What such services call an archive. Debian and its security archive have the same Origin: the label tells them apart. */
export function archiveOf({ origin, label }: ArtifactOrigin): string | undefined {
  if (label === 'Debian-Security') return 'debian-security';
  return origin === 'Debian Backports' ? 'debian' : origin?.toLowerCase();
}

function isOfUbuntu({ artifact: { origins = [] } }: PlannedPackage): boolean {
  return origins.length > 0 && origins.every(({ origin }) => origin === 'Ubuntu');
}
