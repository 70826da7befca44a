import { access, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ContentSource } from '../../archives/contents.js';
import { type KeyFile, keyFilesIn, mayBeUnsigned, unsignedRemedy } from '../../archives/keys.js';
import { publicKeysIn } from '../../archives/openpgp.js';
import { ReproError } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { RpmDatabase } from './database.js';
import { tag } from './header.js';
import type { RpmRepository } from './schema.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Keys = NonNullable<RpmRepository['keys']>;

const keysVariable = 'REPROMAN_RPM_KEYS';

/** What dnf is to verify of a repository, as its definition and the settings have it. */
export interface Verification {
  readonly packages: boolean;
  readonly index: boolean;
  /** Addresses of public keys. */
  readonly keys: readonly string[];
  /** Those of them that the settings name. */
  readonly named: readonly KeyFile[];
  /** Why packages are taken without a signature, as part of a sentence. */
  readonly reason?: string;
}

/**
 * As dnf does: signatures of packages where a key is known, unless the definition says gpgcheck=0; of the index where it
 * says repo_gpgcheck=1. Throws where it asks for signatures, and no key is known to check them with. dnf.conf(5)
 */
export async function verificationOf(
  repository: RpmRepository,
  { contents, environment }: { readonly contents?: ContentSource | undefined; readonly environment: Environment },
): Promise<Verification> {
  const { id, urls, metalink, mirrorList, gpgCheck, repoGpgCheck = false } = repository;
  const [address = ''] = [...urls, metalink, mirrorList].flatMap((each) => each ?? []);
  if (mayBeUnsigned(address, environment)) {
    return { packages: false, index: false, keys: [], named: [], reason: 'the settings take them so' };
  }
  const named = await namedKeys(environment);
  const own = await Promise.all((repository.keys ?? []).map((key) => addressOf(key, contents)));
  const keys = [...own.flatMap((each) => each ?? []), ...named.map(({ path }) => pathToFileURL(path).href)];
  if (keys.length === 0 && (gpgCheck || repoGpgCheck)) {
    const names = (repository.keys ?? []).map((key) => key.address).join(', ');
    const which = names === '' ? 'names none' : `names ${names}, which is not here`;
    throw new ReproError(
      'not-ready',
      `There is no key to verify the signatures of ${id} with: its definition ${which}.`,
      {
        where: address,
        remedy: unsignedRemedy(`Name the file of the key in ${keysVariable}`, address),
      },
    );
  }
  const asked = { index: repoGpgCheck, keys, named };
  if (gpgCheck === false) return { ...asked, packages: false, reason: 'its definition says gpgcheck=0' };
  if (keys.length > 0) return { ...asked, packages: true };
  return { ...asked, packages: false, reason: `no key of it is known; name some in ${keysVariable}` };
}

function namedKeys(environment: Environment): Promise<KeyFile[]> {
  return keyFilesIn(environment, keysVariable, publicKeysIn);
}

/** Where a key can be had: among the contents, or where its repository's definition says, if it is there. */
async function addressOf({ address, content }: Keys[number], contents: ContentSource | undefined) {
  if (content !== undefined && (await contents?.has(content))) {
    return pathToFileURL((await contents?.locate(content)) ?? '').href;
  }
  if (!isLocal(address)) return address;
  const file = fileOf(address);
  if (file === undefined) return undefined;
  return access(file).then(
    () => address,
    () => undefined,
  );
}

function isLocal(address: string): boolean {
  return address.startsWith('file:///');
}

/** Undefined for an address elsewhere, and for what names no file. */
function fileOf(address: string): string | undefined {
  try {
    return isLocal(address) ? fileURLToPath(address) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A repository with the content of the keys that lie on its machine, and of others that are named for it. Its definition
 * may be another's, and name any file: nothing but public keys is kept.
 */
export async function withKeys(
  repository: RpmRepository,
  { machine, contents, mayCarry }: Pick<FinishContext, 'machine' | 'contents' | 'mayCarry'>,
  named: readonly KeyFile[] = [],
): Promise<RpmRepository> {
  const keys: Keys = [];
  for (const key of repository.keys ?? []) {
    const file = key.content ? undefined : fileOf(key.address);
    const content = file === undefined ? undefined : await publicKeysAt(pathFromText(file), { machine, mayCarry });
    keys.push(content ? { ...key, content: (await contents.add(content)).hash } : key);
  }
  for (const { path, content } of named) {
    keys.push({ address: `file:///etc/pki/rpm-gpg/${basename(path)}`, content: (await contents.add(content)).hash });
  }
  const unique = [...new Map(keys.map((key) => [key.content ?? key.address, key])).values()];
  return { ...repository, ...(unique.length > 0 ? { keys: unique } : {}) };
}

/** The public keys that rpm was told to trust: it keeps each as a package, with its armor for a description. */
export function keysInDatabase({ keys }: Pick<RpmDatabase, 'keys'>): KeyFile[] {
  return keys.flatMap(({ version, header }) => {
    const content = publicKeysIn(Buffer.from(header.text(tag.description) ?? ''));
    return content ? [{ path: `RPM-GPG-KEY-${version}`, content }] : [];
  });
}

/** As it is, where its packages need no signature or a key of it is at hand; else with those that rpm trusts. */
export async function withTrustedKeys(
  repository: RpmRepository,
  trusted: readonly KeyFile[],
  context: Pick<FinishContext, 'machine' | 'contents' | 'mayCarry'>,
): Promise<RpmRepository> {
  const own = await withKeys(repository, context);
  const isAtHand = own.keys?.some(({ content }) => content !== undefined) ?? false;
  return isAtHand || own.gpgCheck === false ? own : withKeys(own, context, trusted);
}

/** What cannot be read, or may not be carried, is named all the same. */
async function publicKeysAt(
  path: FilePath,
  { machine, mayCarry }: { readonly machine: Machine; readonly mayCarry: FinishContext['mayCarry'] },
): Promise<Buffer | undefined> {
  const content = await machine.files.read(path).catch(() => undefined);
  return content && mayCarry?.(path, content) !== false ? publicKeysIn(content) : undefined;
}

/** The keys of a repository that are among the contents, and those that the settings name. Throws where there is none. */
export async function keysAtHand(
  hashes: readonly Sha256[],
  { contents, environment }: { readonly contents: ContentSource; readonly environment: Environment },
): Promise<Buffer[]> {
  const found = (await namedKeys(environment)).map(({ content }) => content);
  for (const hash of hashes) if (await contents.has(hash)) found.push(await readFile(await contents.locate(hash)));
  if (found.length > 0) return found;
  throw new Error(`it is to be signed, and no key of its repository is here: name its file in ${keysVariable}`);
}
