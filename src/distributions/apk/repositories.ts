import { Readable } from 'node:stream';
import { addressesIn } from '../../archives/addresses.js';
import { download } from '../../archives/download.js';
import { type HttpClient, withoutCredentials } from '../../archives/http.js';
import type { KeyFile } from '../../archives/keys.js';
import { ReproError, reasonOf } from '../../errors.js';
import { decompress } from '../../filesystem/decompress.js';
import { tarMembers } from '../../filesystem/tar.js';
import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import type { ResolveContext } from '../../packaging/distribution.js';
import { osReleaseFiles, readOsRelease } from '../../packaging/os-release.js';
import { type ApkPackage, parsePackages } from './database.js';
import { believed, type Trust } from './keys.js';
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

/** What a repository has, and the key that signed it; none where the settings take it without. */
export interface Repository {
  readonly candidates: readonly Candidate[];
  readonly key?: KeyFile;
}

interface Reading {
  readonly client: HttpClient;
  readonly trust: Trust;
  readonly signal?: AbortSignal;
}

/** Everything that a repository has for an architecture, by an index that is signed. */
export async function readRepository(repository: string, architecture: string, reading: Reading): Promise<Repository> {
  const folder = `${repository}/${architecture}`;
  const url = `${folder}/APKINDEX.tar.gz`;
  const { content, key } = await believed(await fetched(url, reading), repository, reading.trust);
  const packages = await packagesIn(content, url);
  const candidates = packages.map((each) => ({
    package: each,
    url: `${folder}/${encodeURIComponent(`${each.name}-${each.version}.apk`)}`,
  }));
  return { candidates, ...(key && { key }) };
}

async function fetched(url: string, { client, signal }: Reading): Promise<Buffer> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of download(url, { client, ...(signal && { signal }) })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(url, cause);
  }
}

async function packagesIn(content: Buffer, url: string): Promise<ApkPackage[]> {
  try {
    const stream = Readable.from([content], { objectMode: false });
    for await (const member of tarMembers(decompress(stream, '.gz', url))) {
      if (member.path !== '/APKINDEX') continue;
      const chunks: Buffer[] = [];
      for await (const chunk of member.content) chunks.push(chunk);
      return parsePackages(Buffer.concat(chunks).toString('latin1'));
    }
  } catch (cause) {
    throw unreadable(url, cause);
  }
  throw new ReproError('not-ready', 'There is no APKINDEX in the index of the repository.', { where: url });
}

function unreadable(url: string, cause: unknown): ReproError {
  return new ReproError('not-ready', `The index of the repository cannot be read (${reasonOf(cause)}).`, {
    where: url,
    remedy: 'See that the address is that of a repository, without its architecture, and can be reached.',
    cause,
  });
}
