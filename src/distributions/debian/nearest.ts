import { fieldOf, type Stanza } from '../../archives/apt/deb822.js';
import { findIndexes, readIndex } from '../../archives/apt/indexes.js';
import { filesOf, versionsOf } from '../../archives/apt/snapshot/machine-interface.js';
import { debianSnapshotBases } from '../../archives/apt/snapshot/services.js';
import { readSources } from '../../archives/apt/sources.js';
import { forEachConcurrently } from '../../archives/concurrency.js';
import { nearestFirst } from '../../archives/nearest.js';
import { type ArchiveService, type Asking, type Place, politeConnections } from '../../archives/service.js';
import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { PlannedPackage } from '../../model/plan.js';
import { withoutRebuild } from './binary-rebuild.js';
import { compareVersions } from './versions.js';

/** More are not tried. */
const mostVersions = 3;

/** Places of other versions, by version. */
type Versions = Map<string, Place[]>;

/** The nearest versions that the machine's own archives list for the same suites, or that snapshot services have. */
export function nearestOfDebian(
  environment: Readonly<Record<string, string | undefined>>,
  host: Machine,
): ArchiveService {
  const snapshots = debianSnapshotBases(environment);
  return {
    rung: 'nearest',
    title: 'other versions of Debian packages',
    async locate(packages, asking) {
      const found = await listed(packages, host);
      await forEachConcurrently(packages, politeConnections, async (planned) => {
        for (const base of snapshots) await addKept(base, planned, found.get(planned) ?? new Map(), asking);
      });
      return new Map(packages.map((planned) => [planned, ordered(planned, found.get(planned) ?? new Map())]));
    },
  };
}

function ordered(planned: PlannedPackage, versions: Versions): Place[] {
  return nearest(planned, [...versions.keys()]).flatMap((version) => versions.get(version) ?? []);
}

function nearest({ version }: PlannedPackage, versions: readonly string[]): string[] {
  const upstreamOf = (each: string) => each.replace(/-[^-]*$/, '');
  const inOrder = nearestFirst(version, versions, compareVersions, upstreamOf);
  // Nothing is nearer than what is of the very source, which its archive only built another time.
  const isOfSource = (each: string) => withoutRebuild(each) === withoutRebuild(version);
  return [...inOrder.filter(isOfSource), ...inOrder.filter((each) => !isOfSource(each))].slice(0, mostVersions);
}

/** What apt has downloaded the indexes of; an archive of another release is none to take single packages from. */
async function listed(packages: readonly PlannedPackage[], host: Machine): Promise<Map<PlannedPackage, Versions>> {
  const found = new Map<PlannedPackage, Versions>(packages.map((planned) => [planned, new Map()]));
  const suites = new Set(
    packages.flatMap(({ artifact: { origins = [] } }) => origins.flatMap(({ suite }) => suite ?? [])),
  );
  const sources = (await readSources(host)).filter(({ suite }) => suites.has(suite));
  const names = new Set(packages.map(({ name }) => name));
  const architectures = [...new Set(packages.flatMap(({ architecture }) => architecture ?? []))];
  const { indexes } = await findIndexes(host, architectures, { sources });
  for (const index of indexes) {
    for await (const stanza of readIndex(host, index, (name) => names.has(name))) {
      for (const planned of packages) {
        const place = placeOf(stanza, index.source.uri, planned);
        if (place) add(found.get(planned), place);
      }
    }
  }
  return found;
}

function placeOf(stanza: Stanza, uri: string, planned: PlannedPackage): Place | undefined {
  const [sha256, filename, version] = ['SHA256', 'Filename', 'Version'].map((field) => fieldOf(stanza, field));
  const isSame = stanza['Package'] === planned.name && stanza['Architecture'] === planned.architecture;
  if (!isSame || !sha256 || !filename || !version) return undefined;
  const digest = { algorithm: 'sha256', value: sha256 } as const;
  return {
    url: `${uri}/${encodeURI(filename)}`,
    digest,
    version,
    evidence: `${version} is the nearest that ${uri} lists`,
  };
}

async function addKept(
  base: string,
  planned: PlannedPackage,
  versions: Versions,
  { client, signal, silent }: Asking,
): Promise<void> {
  const options = { client, ...(signal && { signal }) };
  try {
    const all = await versionsOf(base, planned, options);
    for (const version of nearest(planned, all)) {
      const [file] = await filesOf(base, { ...planned, version }, options);
      if (!file) continue;
      const digest = { algorithm: 'sha1', value: file.sha1 } as const;
      const evidence = `${version} is the nearest that ${base} has`;
      add(versions, { url: `${base}/file/${file.sha1}`, digest, version, evidence });
    }
  } catch (error) {
    signal?.throwIfAborted();
    silent(planned, `${base}: it cannot be asked (${reasonOf(error)})`);
  }
}

function add(versions: Versions | undefined, place: Place): void {
  const { version = '' } = place;
  versions?.set(version, [...(versions.get(version) ?? []), place]);
}
