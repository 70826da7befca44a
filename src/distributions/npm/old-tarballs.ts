import { z } from 'zod';
import { namedIn } from '../../archives/addresses.js';
import { forEachConcurrently } from '../../archives/concurrency.js';
import { DownloadError } from '../../archives/download.js';
import { downloadJson } from '../../archives/json.js';
import { nearestFirst } from '../../archives/nearest.js';
import { type ArchiveService, type Asking, type Place, politeConnections } from '../../archives/service.js';
import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { PlannedPackage } from '../../model/plan.js';
import { digestOf } from './records.js';
import { registriesOf } from './registries.js';
import { compareVersions } from './versions.js';

/** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md: only what is read here. */
const packumentSchema = z.looseObject({
  versions: z.record(
    z.string(),
    z.looseObject({
      dist: z.looseObject({ tarball: z.string(), integrity: z.string().optional(), shasum: z.string().optional() }),
    }),
  ),
});

/** What a registry has of a name. */
interface Listed {
  readonly registry: string;
  readonly versions: z.infer<typeof packumentSchema>['versions'];
}

/** The registries of a machine and of the trace: asked for a tarball by its integrity, and at last for the nearest version. */
export function npmRegistries(
  environment: Readonly<Record<string, string | undefined>>,
  host: Machine,
): ArchiveService[] {
  const set = namedIn(environment, 'REPROMAN_NPM_REGISTRIES');
  if (set?.length === 0) return [];
  const named = (rung: ArchiveService['rung'], placesOf: PlacesOf): ArchiveService => ({
    rung,
    title: 'the registries of npm',
    async locate(packages, asking) {
      const wanted = packages.filter(({ artifact: { digest } }) => digest !== undefined);
      const registries = await registriesOf(host, environment);
      const registriesFor = (planned: PlannedPackage) => [
        ...new Set([...registries(planned.name), ...(set ? [] : traced(planned))]),
      ];
      const found = await packuments(wanted, registriesFor, asking);
      return new Map(wanted.map((planned) => [planned, placesOf(planned, found(planned), registriesFor(planned))]));
    },
  });
  return [named('old-builds', sameVersion), named('nearest', nearest)];
}

type PlacesOf = (planned: PlannedPackage, listed: readonly Listed[], registries: readonly string[]) => readonly Place[];

/** `REGISTRY/NAME/-/FILE`. */
function traced({ name, artifact: { urls } }: PlannedPackage): string[] {
  return urls.flatMap((url) => {
    const at = url.indexOf(`/${name}/-/`);
    return at < 0 ? [] : [url.slice(0, at)];
  });
}

async function packuments(
  packages: readonly PlannedPackage[],
  registriesFor: (planned: PlannedPackage) => readonly string[],
  { client, signal, silent }: Asking,
): Promise<(planned: PlannedPackage) => Listed[]> {
  const found = new Map<string, Listed | undefined>();
  const unreached = new Map<string, string>();
  const addressOf = (registry: string, { name }: PlannedPackage) => `${registry}/${name.replace('/', '%2f')}`;
  await forEachConcurrently(packages, politeConnections, async (planned) => {
    for (const registry of registriesFor(planned)) {
      const url = addressOf(registry, planned);
      if (found.has(url) || unreached.has(registry)) continue;
      found.set(url, undefined);
      try {
        const { versions } = await downloadJson(url, packumentSchema, { client, ...(signal && { signal }) });
        found.set(url, { registry, versions });
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof DownloadError && error.isGone)) unreached.set(registry, reasonOf(error));
      }
    }
  });
  for (const planned of packages) {
    for (const registry of registriesFor(planned)) {
      const reason = unreached.get(registry);
      if (reason !== undefined) silent(planned, `${registry}: it cannot be asked (${reason})`);
    }
  }
  return (planned) => registriesFor(planned).flatMap((registry) => found.get(addressOf(registry, planned)) ?? []);
}

/** Where the registries say that it is, and where they have it by its name though they list it no more. */
function sameVersion(
  { name, version }: PlannedPackage,
  listed: readonly Listed[],
  registries: readonly string[],
): Place[] {
  const said = listed.flatMap(({ registry, versions }) => {
    const url = versions[version]?.dist.tarball;
    return url === undefined ? [] : [{ url, evidence: `listed by ${registry}` }];
  });
  const file = `${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;
  const usual = registries.map((registry) => ({ url: `${registry}/${name}/-/${file}`, evidence: 'by its name' }));
  return [...said, ...usual.filter(({ url }) => !said.some((place) => place.url === url))];
}

function nearest({ version }: PlannedPackage, listed: readonly Listed[]): Place[] {
  const all = new Map(
    listed.flatMap(({ registry, versions }) => Object.keys(versions).map((each) => [each, registry])),
  );
  const [best] = nearestFirst(version, [...all.keys()], compareVersions, (each) => each.replace(/[-+].*$/, ''));
  const registry = all.get(best ?? '');
  const dist = listed.find((each) => each.registry === registry)?.versions[best ?? '']?.dist;
  const digest =
    digestOf(dist?.integrity) ?? (dist?.shasum ? { algorithm: 'sha1' as const, value: dist.shasum } : undefined);
  if (best === undefined || !dist || !digest) return [];
  return [
    { url: dist.tarball, digest, version: best, evidence: `${best} is the nearest version that ${registry} has` },
  ];
}
