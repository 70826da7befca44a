import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReproError } from '../../errors.js';
import { readIfThere } from '../../machines/if-there.js';
import type { ArchiveSignature } from '../../model/plan.js';
import { scratchFolder } from '../../scratch.js';
import { packetsOf } from '../openpgp.js';
import type { Asking } from '../service.js';

/** A Release file with its signature: within it, as an InRelease file has it, or beside it. */
export interface SignedRelease {
  readonly content: Buffer;
  readonly signature?: Buffer;
}

/** Where a machine keeps the keys that apt trusts. */
const trustedGlobs = ['/etc/apt/trusted.gpg', '/etc/apt/trusted.gpg.d/*.{gpg,asc}', '/usr/share/keyrings/*.{gpg,pgp}'];

/**
 * The text of a Release file as it was signed by a key of its archive: one that the spec has, else what the machine has
 * under the keyring's name, else what the machine trusts. Throws where it is signed by none of them, or not at all.
 */
export async function trustedText(
  release: SignedRelease,
  trusted: ArchiveSignature,
  asking: Pick<Asking, 'contents' | 'host'>,
): Promise<string> {
  if (trusted.isUnsigned) return release.content.toString('utf8');
  return textSignedBy(await keyringsOf(trusted, asking), release, asking);
}

/** The text as it was signed by a key of these keyrings. Throws where it is signed by none of them, or not at all. */
export async function textSignedBy(
  keyrings: readonly Buffer[],
  { content, signature }: SignedRelease,
  asking: Pick<Asking, 'host'>,
): Promise<string> {
  if (keyrings.length === 0) throw new Error('there is no key to check its signature with');
  await using scratch = await scratchFolder('keys');
  const file = (name: string) => join(scratch.path, name);
  const rings = keyrings.map((_ring, at) => file(`${at}.gpg`));
  await Promise.all(keyrings.map((ring, at) => writeFile(rings[at] ?? '', packetsOf(ring))));
  await writeFile(file('Release'), content);
  if (signature) await writeFile(file('Release.gpg'), signature);
  const signed = signature ? [file('Release.gpg'), file('Release')] : ['--output', file('text'), file('Release')];
  const options = ['--homedir', scratch.path, '--status-fd', '1', ...rings.flatMap((ring) => ['--keyring', ring])];
  const said = await requireShell(asking).run(['gpgv', ...options, ...signed]);
  requireGood(said.stdout.toString('utf8'));
  return readFile(file(signature ? 'Release' : 'text'), 'utf8');
}

/** Keys that expired after they signed were good when they did. https://github.com/gpg/gnupg/blob/master/doc/DETAILS */
function requireGood(said: string): void {
  const lines = said.split('\n').map((line) => line.replace('[GNUPG:] ', '').split(' '));
  if (lines.some(([word]) => word === 'BADSIG')) throw new Error('its signature is wrong');
  const ends = lines.flatMap(([word, end]) => (word === 'KEYEXPIRED' ? Number(end) : []));
  const isGood = lines.some(([word, , , made], at) => {
    if (word !== 'VALIDSIG') return false;
    const verdict = lines.slice(0, at).findLast(([each = '']) => /^(?:GOOD|EXP|EXPKEY|REVKEY)SIG$/.test(each))?.[0];
    return verdict === 'GOODSIG' || (verdict === 'EXPKEYSIG' && ends.every((end) => Number(made) <= end));
  });
  if (!isGood) throw new Error('it is not signed by a key of its archive');
}

async function keyringsOf(
  { keyring, keys = [] }: ArchiveSignature,
  { contents, host }: Pick<Asking, 'contents' | 'host'>,
): Promise<Buffer[]> {
  const carried = await Promise.all(
    keys.map(async (key) => ((await contents.has(key)) ? [await readFile(await contents.locate(key))] : [])),
  );
  if (carried.flat().length > 0) return carried.flat();
  // What may not be read is not trusted.
  const none = () => undefined;
  const named = keyring === undefined ? undefined : await readIfThere(host.files, keyring, none);
  if (named) return [named];
  return [...(await host.files.gather([...trustedGlobs], undefined, none)).values()];
}

function requireShell({ host }: Pick<Asking, 'host'>) {
  if (host.shell) return host.shell;
  throw new ReproError('not-ready', `There is no shell on ${host.label} to check signatures with.`);
}
