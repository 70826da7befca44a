import { addressesIn } from '../../archives/addresses.js';
import { ReproError } from '../../errors.js';
import { gatherReadable } from '../../machines/gather.js';
import type { Base } from '../../packaging/base-system.js';
import type { ResolveContext } from '../../packaging/distribution.js';
import { osReleaseFiles, readOsRelease } from '../../packaging/os-release.js';
import { expanded, readRepositories, repositoryFiles, type Target } from './repositories.js';
import type { RpmLock, RpmManifest, RpmRepository } from './schema.js';

interface Sought extends Pick<ResolveContext<RpmLock>, 'base' | 'host' | 'isMoved' | 'previous'> {
  readonly manifest: RpmManifest;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The system and version of a base's release, `fedora 40`. */
export function systemOf({ release }: Pick<Base, 'release'>): { readonly system: string; readonly version: string } {
  const [system = '', version = ''] = release.split(' ');
  return { system, version };
}

/** Where packages are looked for: what the spec names, what the settings name, and what the machine uses of the same system. */
export async function repositoriesFor({
  manifest,
  previous,
  isMoved,
  base,
  host,
  environment,
}: Sought): Promise<RpmRepository[]> {
  const files = await gatherReadable(host, [...repositoryFiles, ...osReleaseFiles]);
  const target: Target = { architecture: base.architecture, ...systemOf(base) };
  const named = [...(manifest.repositories ?? []), ...addressesIn(environment, 'REPROMAN_RPM_REPOSITORIES')];
  const isSame = readOsRelease(files)['ID'] === target.system;
  const own = isSame ? [...readRepositories(files, target, { onlyEnabled: true }).values()] : [];
  const found = [
    ...(isMoved ? [] : (previous?.repositories ?? [])),
    ...named.map((address) => repositoryAt(expanded(address, files, target))),
    ...own.filter(({ urls, metalink, mirrorList }) => urls.length > 0 || metalink || mirrorList),
  ];
  if (found.length > 0) return [...new Map(found.map((each) => [each.id, each])).values()];
  throw new ReproError('not-ready', `no repository of ${base.release} is known`, {
    where: 'rpm',
    remedy: 'name some in REPROMAN_RPM_REPOSITORIES, or as repositories in the spec',
  });
}

/** dnf allows letters, digits and `-_.:` in an id. */
function repositoryAt(url: string): RpmRepository {
  return { id: url.replace(/^https?:\/\//, '').replace(/[^A-Za-z0-9]+/g, '-'), urls: [url] };
}
