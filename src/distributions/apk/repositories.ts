import { Readable } from 'node:stream';
import { addressesIn } from '../../archives/addresses.js';
import { decompress } from '../../archives/decompress.js';
import { download } from '../../archives/download.js';
import { type HttpClient, withoutCredentials } from '../../archives/http.js';
import { ReproError, reasonOf } from '../../errors.js';
import { tarMembers } from '../../filesystem/tar.js';
import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import type { ResolveContext } from '../../packaging/distribution.js';
import { osReleaseFiles, readOsRelease } from '../../packaging/os-release.js';
import { type ApkPackage, parsePackages } from './database.js';
import type { ApkLock, ApkManifest } from './schema.js';

/** A package that a repository has. */
export interface Candidate {
  readonly package: ApkPackage;
  /** Where its file is. */
  readonly url: string;
}

interface Sought extends Pick<ResolveContext<ApkLock>, 'base' | 'host' | 'isMoved' | 'previous'> {
  readonly manifest: ApkManifest;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Lines of /etc/apk/repositories without comments and credentials. */
export async function repositoryLines(machine: Machine, signal?: AbortSignal): Promise<string[]> {
  const files = await gatherReadable(machine, ['/etc/apk/repositories', '/etc/apk/repositories.d/*.list'], signal);
  const lines = [...files.values()].flatMap((content) => content.toString('utf8').split('\n'));
  return lines.flatMap((line) => {
    const words = line.trim().split(/\s+/);
    return line.trim() === '' || line.startsWith('#') ? [] : words.map(withoutCredentials).join(' ');
  });
}

/** Where packages are looked for: what the spec names, what the settings name, and what the machine uses of the same release. */
export async function repositoriesFor({
  manifest,
  previous,
  isMoved,
  base,
  host,
  environment,
}: Sought): Promise<string[]> {
  const { ID, VERSION_ID = '' } = readOsRelease(await gatherReadable(host, [...osReleaseFiles]));
  const isSame = `${ID} ${VERSION_ID}.`.startsWith(`${base.release}.`);
  const found = [
    ...(manifest.repositories ?? []),
    ...addressesIn(environment, 'REPROMAN_APK_REPOSITORIES'),
    ...(isMoved ? [] : (previous?.repositories ?? [])),
    ...(isSame ? await repositoryLines(host) : []),
  ];
  // What has a tag is for packages that are asked for by it.
  const addresses = found.filter((line) => /^https?:\S+$/.test(line)).map(withoutCredentials);
  if (addresses.length > 0) return [...new Set(addresses)];
  throw new ReproError('not-ready', `no repository of ${base.release} is known`, {
    where: 'apk',
    remedy: 'name some in REPROMAN_APK_REPOSITORIES, or as repositories in the spec',
  });
}

/** Everything that a repository has for an architecture. */
export async function readRepository(
  repository: string,
  architecture: string,
  { client, signal }: { readonly client: HttpClient; readonly signal?: AbortSignal },
): Promise<Candidate[]> {
  const folder = `${repository}/${architecture}`;
  const url = `${folder}/APKINDEX.tar.gz`;
  try {
    const content = Readable.from(download(url, { client, ...(signal && { signal }) }), { objectMode: false });
    for await (const member of tarMembers(decompress(content, '.gz', url))) {
      if (member.path !== '/APKINDEX') continue;
      const chunks: Buffer[] = [];
      for await (const chunk of member.content) chunks.push(chunk);
      const packages = parsePackages(Buffer.concat(chunks).toString('latin1'));
      return packages.map((each) => ({
        package: each,
        url: `${folder}/${encodeURIComponent(`${each.name}-${each.version}.apk`)}`,
      }));
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ReproError('not-ready', `The index of the repository cannot be read (${reasonOf(cause)}).`, {
      where: url,
      remedy: 'See that the address is that of a repository, without its architecture, and can be reached.',
      cause,
    });
  }
  throw new ReproError('not-ready', 'There is no APKINDEX in the index of the repository.', { where: url });
}
