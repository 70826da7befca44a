import { download } from '../../archives/download.js';
import { type Listed, nearestListed } from '../../archives/nearest.js';
import type { ArchiveService, Asking } from '../../archives/service.js';
import type { PlannedPackage } from '../../model/plan.js';
import { readPrimary } from './primary.js';
import { compareVersions } from './versions.js';

/** The nearest versions in the repositories that packages came from. */
export function nearestOfRpm(): ArchiveService {
  return nearestListed({
    title: 'other versions of rpm packages',
    of: repositoriesOf,
    read: readRepository,
    compare: compareVersions,
    upstreamOf: (version) => version.replace(/-[^-]*$/, ''),
  });
}

/** What is before the place of a package in its repository. */
function repositoriesOf({ artifact: { urls, origins = [] } }: PlannedPackage): string[] {
  return origins.flatMap(({ path }) =>
    urls.flatMap((url) => (path !== undefined && url.endsWith(`/${path}`) ? url.slice(0, -path.length - 1) : [])),
  );
}

/** Its index names the list of packages. https://github.com/rpm-software-management/createrepo_c */
async function* readRepository(
  repository: string,
  packages: readonly PlannedPackage[],
  asking: Asking,
): AsyncGenerator<Listed> {
  const index = (await fetched(`${repository}/repodata/repomd.xml`, asking)).toString('utf8');
  const primary = /<data type="primary">([\s\S]*?)<\/data>/.exec(index)?.[1];
  const file = /<location [^>]*href="([^"]+)"/.exec(primary ?? '')?.[1];
  if (file === undefined) throw new Error('its index names no list of packages');
  const names = new Set(packages.map(({ name, architecture }) => `${name} ${architecture}`));
  for await (const each of readPrimary(await fetched(`${repository}/${file}`, asking), file)) {
    const { name, version, architecture, location, sha256 } = each;
    if (sha256 === undefined || !names.has(`${name} ${architecture}`)) continue;
    const digest = { algorithm: 'sha256', value: sha256 } as const;
    yield { name, version, place: { url: `${repository}/${encodeURI(location)}`, digest } };
  }
}

async function fetched(url: string, { client, signal }: Asking): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(url, { client, ...(signal && { signal }) })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
