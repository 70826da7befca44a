import { createHash } from 'node:crypto';
import { textSignedBy } from '../../archives/apt/signature.js';
import { download } from '../../archives/download.js';
import { mayBeUnsigned } from '../../archives/keys.js';
import { type Listed, nearestListed } from '../../archives/nearest.js';
import type { ArchiveService, Asking } from '../../archives/service.js';
import type { Digest, Sha256 } from '../../hash.js';
import type { ArchiveSignature, PlannedPackage } from '../../model/plan.js';
import { keysAtHand } from './keys.js';
import { readPrimary } from './primary.js';
import { signedByOneOf } from './rpmkeys.js';
import { compareVersions } from './versions.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The nearest versions in the repositories that packages came from. */
export function nearestOfRpm(environment: Environment): ArchiveService {
  return nearestListed({
    title: 'other versions of rpm packages',
    of: repositoriesOf,
    read: (repository, packages, asking) => readRepository(repository, packages, { ...asking, environment }),
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

interface Reading extends Asking {
  readonly environment: Environment;
}

/** Its index names the list of packages. https://github.com/rpm-software-management/createrepo_c */
async function* readRepository(
  repository: string,
  packages: readonly PlannedPackage[],
  reading: Reading,
): AsyncGenerator<Listed> {
  const isFree = mayBeUnsigned(repository, reading.environment);
  const signatures = packages.flatMap(({ artifact: { origins = [] } }) =>
    origins.flatMap((each) => each.signature ?? []),
  );
  const index = await indexOf(repository, isFree ? [] : signatures, reading);
  const names = new Map(packages.map((planned) => [`${planned.name} ${planned.architecture}`, planned]));
  for await (const each of readPrimary(await listOf(repository, index, reading), index.file)) {
    const { name, version, architecture, location, sha256 } = each;
    const planned = names.get(`${name} ${architecture}`);
    if (sha256 === undefined || !planned) continue;
    const url = `${repository}/${encodeURI(location)}`;
    const { signedBy } = planned.artifact;
    if (isFree || signedBy === undefined) {
      const word = isFree ? 'unsigned, as the settings allow' : 'unsigned, as on the origin';
      yield { name, version, place: { url, digest: { algorithm: 'sha256', value: sha256 } }, word };
    } else {
      const recognise = (content: AsyncIterable<Uint8Array>) => signedPackage(content, sha256, signedBy, reading);
      yield { name, version, place: { url, recognise }, word: 'signed' };
    }
  }
}

interface Index {
  /** The list of packages, below the repository. */
  readonly file: string;
  readonly checksum: Digest;
}

/** What the index of a repository says of its list of packages; where the index is to be signed, by a key that is here. */
async function indexOf(repository: string, signatures: readonly ArchiveSignature[], reading: Reading): Promise<Index> {
  const url = `${repository}/repodata/repomd.xml`;
  const content = await fetched(url, reading);
  const [asked] = signatures;
  if (asked) {
    const keys = await keysAtHand(asked.keys ?? [], reading);
    await textSignedBy(keys, { content, signature: await fetched(`${url}.asc`, reading) }, reading);
  }
  const primary = /<data type="primary">([\s\S]*?)<\/data>/.exec(content.toString('utf8'))?.[1] ?? '';
  const file = /<location [^>]*href="([^"]+)"/.exec(primary)?.[1];
  if (file === undefined) throw new Error('its index names no list of packages');
  const [, algorithm = '', value = ''] = /<checksum type="(sha\d*)">\s*([0-9a-f]+)\s*</.exec(primary) ?? [];
  const known = algorithms[algorithm];
  if (known === undefined) throw new Error('its index has no SHA-256 of the list of packages');
  return { file, checksum: { algorithm: known, value } };
}

const algorithms: Readonly<Record<string, Digest['algorithm']>> = { sha256: 'sha256', sha512: 'sha512' };

async function listOf(repository: string, { file, checksum }: Index, reading: Reading): Promise<Buffer> {
  const content = await fetched(`${repository}/${file}`, reading);
  if (createHash(checksum.algorithm).update(content).digest('hex') !== checksum.value)
    throw new Error('its list of packages is not the one that its index names');
  return content;
}

/** What the list says, and signed by a key of its repository. */
async function* signedPackage(
  content: AsyncIterable<Uint8Array>,
  expected: Sha256,
  signedBy: readonly Sha256[],
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of signedByOneOf(content, await keysAtHand(signedBy, reading), reading.host)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== expected) throw new Error('it is not what the list of packages says');
}

async function fetched(url: string, { client, signal }: Asking): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(url, { client, ...(signal && { signal }) })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
