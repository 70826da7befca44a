import { Readable } from 'node:stream';
import { reasonOf } from '../../../errors.js';
import { decompress, type Suffix } from '../../../filesystem/decompress.js';
import { sha256 } from '../../../hash.js';
import type { ArchiveSignature, PlannedPackage } from '../../../model/plan.js';
import { DownloadError, type DownloadOptions } from '../../download.js';
import { downloadWhole } from '../../json.js';
import type { Asking } from '../../service.js';
import { fieldOf, type Stanza } from '../deb822.js';
import { scanPackages } from '../packages-index.js';
import { hashesInRelease, validUntil } from '../release.js';
import { type SignedRelease, trustedText } from '../signature.js';

/** Smallest first; every suite of the last ten years has one of them. */
const offered: readonly Suffix[] = ['.xz', '.gz', ''];

/** What of an archive is read: at one point in time of a dated one. */
export interface DatedSuite {
  /** The archive's base address, at that time. */
  readonly uri: string;
  /** Seconds since 1970; of an archive as it is now, now. */
  readonly at: number;
  readonly suite: string;
  readonly signature: ArchiveSignature;
  /** The index below the suite, without a suffix of compression. */
  readonly index: string;
}

/**
 * The stanzas of wanted packages in one index of an archive. The index is checked against its Release file, this against
 * its signature; its Valid-Until must not have been over at the archive's time, and may be over by now.
 */
export async function datedStanzas(
  { uri, at, suite, signature, index }: DatedSuite,
  wanted: (name: string) => boolean,
  asking: Pick<Asking, 'client' | 'contents' | 'host' | 'signal'>,
): Promise<Stanza[]> {
  const options = { client: asking.client, ...(asking.signal && { signal: asking.signal }) };
  const base = `${uri}/dists/${suite}`;
  const text = await trustedText(await releaseOf(base, signature, options), signature, asking);
  const end = validUntil(text);
  if (end !== undefined && end < at) throw new Error('its Release file was not valid any more at that time');
  const hashes = hashesInRelease(text);
  for (const suffix of offered) {
    const path = `${index}${suffix}`;
    const expected = hashes.get(path);
    if (expected === undefined) continue;
    const content = await downloadWhole(`${base}/${path}`, options);
    const found = sha256(content);
    if (found !== expected) throw new Error(`${path} has the SHA-256 ${found}, but its Release file says ${expected}`);
    const stanzas: Stanza[] = [];
    for await (const stanza of scanPackages(decompress(Readable.from([content]), suffix, path), wanted))
      stanzas.push(stanza);
    return stanzas;
  }
  throw new Error(`its Release file names no index ${index}`);
}

/** The SHA-256 by which an index lists a package. */
export function digestIn(
  stanzas: readonly Stanza[],
  { name, version, architecture }: Pick<PlannedPackage, 'name' | 'version' | 'architecture'>,
): string | undefined {
  const stanza = stanzas.find(
    (each) => each['Package'] === name && each['Version'] === version && each['Architecture'] === architecture,
  );
  const digest = stanza && fieldOf(stanza, 'SHA256');
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

async function releaseOf(
  base: string,
  { isUnsigned }: ArchiveSignature,
  options: DownloadOptions,
): Promise<SignedRelease> {
  try {
    return { content: await downloadWhole(`${base}/InRelease`, options) };
  } catch (error) {
    if (!(error instanceof DownloadError && error.isGone)) throw error;
  }
  try {
    const content = await downloadWhole(`${base}/Release`, options);
    return isUnsigned ? { content } : { content, signature: await downloadWhole(`${base}/Release.gpg`, options) };
  } catch (error) {
    throw new Error(`the suite is not there: ${reasonOf(error)}`, { cause: error });
  }
}
