import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { ContentSource, Contents } from '../../archives/contents.js';
import { type KeyFile, keyFilesIn, mayBeUnsigned, unsignedRemedy } from '../../archives/keys.js';
import { ReproError } from '../../errors.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Machine } from '../../machines/machine.js';
import { baseName, comparePaths, pathFromText, showPath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { ApkLock } from './schema.js';

/** Where apk looks for the public keys that it trusts; signatures name the files. apk-keys(5) */
const keyFiles = ['/etc/apk/keys/*', '/lib/apk/keys/*', '/usr/lib/apk/keys/*'];
const keysVariable = 'REPROMAN_APK_KEYS';

type Keys = NonNullable<ApkLock['keys']>;

/** What indexes of repositories are believed by. */
export interface Trust {
  readonly keys: readonly KeyFile[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Trusting extends Pick<Trust, 'environment'> {
  readonly host: Machine;
  /** The spec's own keys, among its contents. */
  readonly carried?: Keys;
  readonly contents?: ContentSource | undefined;
}

/** The keys that the spec has, those that the settings name, and those that apk trusts on a machine. */
export async function trustOf({ host, carried = [], contents, environment }: Trusting): Promise<Trust> {
  const own: KeyFile[] = [];
  for (const { path, content: hash } of carried) {
    if (contents && (await contents.has(hash)))
      own.push({ path, content: await readFile(await contents.locate(hash)) });
  }
  // What may not be read is not trusted.
  const installed = await host.files.gather(keyFiles, undefined, () => undefined);
  const trusted = [...installed].map(([path, content]) => ({ path: showPath(path), content }));
  const named = await keyFilesIn(environment, keysVariable, publicKeyIn);
  return { keys: [...own, ...named, ...trusted], environment };
}

/** The public keys that a traced system trusts, among the contents. */
export async function keysOf({ machine, contents, mayCarry, signal }: FinishContext): Promise<Keys> {
  const keys: Keys = [];
  const found = await machine.files.gather(keyFiles, signal, () => undefined);
  for (const [path, content] of [...found].sort(([a], [b]) => comparePaths(a, b))) {
    const key = publicKeyIn(content);
    if (key === undefined || mayCarry?.(path, content) === false) continue;
    keys.push({ path: showPath(path), content: (await contents.add(key)).hash });
  }
  return keys;
}

/** Keys that were of use, where apk would look for them. */
export async function keepKeys(contents: Contents, keys: Iterable<KeyFile>): Promise<Keys> {
  const kept: Keys = [];
  for (const { path, content } of keys) {
    const key = publicKeyIn(content);
    if (key === undefined) continue;
    const { hash } = await contents.add(key);
    kept.push({ path: `/etc/apk/keys/${path.slice(path.lastIndexOf('/') + 1)}`, content: hash });
  }
  return kept;
}

/** What a repository says, and whose signature says that it is the repository's. */
export interface Believed {
  /** The signed part alone: nothing else counts. */
  readonly content: Buffer;
  /** Absent where the settings take it unsigned. */
  readonly key?: KeyFile;
}

/**
 * The part of an index that a trusted key signed. As apk does, it refuses what none did, unless the settings take the
 * repository without. https://wiki.alpinelinux.org/wiki/Apk_spec
 */
export async function believed(content: Buffer, repository: string, { keys, environment }: Trust): Promise<Believed> {
  if (mayBeUnsigned(repository, environment)) return { content };
  const { signatures, signed } = await signaturesOf(content);
  for (const { algorithm, value } of signatures) {
    const key = keys.find((each) => isSignedBy(each, algorithm, signed, value));
    if (key) return { content: signed, key };
  }
  throw refusal(signatures, keys, repository);
}

interface Signature {
  /** The file of the key that made it. */
  readonly name: string;
  readonly algorithm: string;
  readonly value: Buffer;
}

/** As the names of signatures have them: the first is of a time when SHA-1 was the only one. */
const algorithms: Readonly<Record<string, string>> = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' };

/** More than any part of signatures takes. */
const mostBefore = 64 * 1024;
const gzip = Buffer.from('1f8b08', 'hex');

/** A first part, compressed by itself, is of signatures of all that follows, byte for byte. */
async function signaturesOf(content: Buffer): Promise<{ signatures: Signature[]; signed: Buffer }> {
  for (let at = content.indexOf(gzip, 1); at > 0 && at < mostBefore; at = content.indexOf(gzip, at + 1)) {
    const first = unpacked(content.subarray(0, at));
    if (first) return { signatures: await signaturesIn(first), signed: content.subarray(at) };
  }
  return { signatures: [], signed: content };
}

/** Undefined where it is no whole part, or more than signatures are. */
function unpacked(part: Buffer): Buffer | undefined {
  try {
    return gunzipSync(part, { maxOutputLength: 16 * mostBefore });
  } catch {
    return undefined;
  }
}

async function signaturesIn(tar: Buffer): Promise<Signature[]> {
  const found: Signature[] = [];
  for await (const { path, content } of tarMembers(Readable.from([tar], { objectMode: false }))) {
    const [, kind = '', name] = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/.exec(baseName(path)) ?? [];
    const algorithm = algorithms[kind];
    if (algorithm === undefined || name === undefined) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.push({ name: showPath(pathFromText(name)), algorithm, value: Buffer.concat(chunks) });
  }
  return found;
}

function isSignedBy({ content }: KeyFile, algorithm: string, signed: Buffer, value: Buffer): boolean {
  const key = keyIn(content);
  return key !== undefined && verify(algorithm, signed, key, value);
}

/** The public key in a file, without what stands around it: a private key is not to be carried, whatever its name. */
function publicKeyIn(content: Buffer): Buffer | undefined {
  const pem = keyIn(content)?.export({ type: 'spki', format: 'pem' });
  return pem === undefined ? undefined : Buffer.from(pem);
}

/** As apk takes it: PEM of a public key alone, though Node would make one of a private key, too. Signatures are by RSA. */
function keyIn(content: Buffer): KeyObject | undefined {
  const [pem] = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/.exec(content.toString('latin1')) ?? [];
  if (pem === undefined) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

function refusal(signatures: readonly Signature[], keys: readonly KeyFile[], repository: string): ReproError {
  const names = signatures.map(({ name }) => name).join(', ');
  const isKnown = signatures.some(({ name }) => keys.some(({ path }) => path.endsWith(`/${name}`)));
  if (isKnown) {
    return new ReproError('not-rebuildable', `The index is not what ${names} signed.`, {
      where: repository,
      remedy: 'It was changed after that, on the way or at the server; try another mirror of the repository.',
    });
  }
  const [message, remedy] =
    signatures.length > 0
      ? [
          `The index is signed by ${names}, a key that nothing here trusts.`,
          `Put that public key into /etc/apk/keys, or name its file in ${keysVariable}`,
        ]
      : ['The index is signed by nobody.', 'Have it signed (abuild-sign)'];
  return new ReproError('not-ready', message, { where: repository, remedy: unsignedRemedy(remedy, repository) });
}
