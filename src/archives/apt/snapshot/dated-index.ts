import { Readable } from 'node:stream';
import { reasonOf } from '../../../errors.js';
import { sha256 } from '../../../hash.js';
import type { PlannedPackage } from '../../../model/plan.js';
import { decompress, type Suffix } from '../../decompress.js';
import { DownloadError, type DownloadOptions } from '../../download.js';
import { downloadWhole } from '../../json.js';
import { fieldOf, type Stanza } from '../deb822.js';
import { scanPackages } from '../packages-index.js';
import { hashesInRelease } from '../release.js';

/** Smallest first; every suite of the last ten years has one of them. */
const offered: readonly Suffix[] = ['.xz', '.gz', ''];

/** What of an archive at one point in time is read. */
export interface DatedSuite {
  /** The archive's base address at that time. */
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
}

/**
 * The stanzas of wanted packages in one index of a dated archive. The index is checked against its Release file, whose
 * Valid-Until is over by nature and not looked at.
 */
export async function datedStanzas(
  { uri, suite, component, architecture }: DatedSuite,
  wanted: (name: string) => boolean,
  options: DownloadOptions,
): Promise<Stanza[]> {
  const base = `${uri}/dists/${suite}`;
  const hashes = hashesInRelease((await releaseOf(base, options)).toString('utf8'));
  for (const suffix of offered) {
    const path = `${component}/binary-${architecture}/Packages${suffix}`;
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
  throw new Error(`its Release file names no index of ${component} for ${architecture}`);
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

async function releaseOf(base: string, options: DownloadOptions): Promise<Buffer> {
  try {
    return await downloadWhole(`${base}/InRelease`, options);
  } catch (error) {
    if (!(error instanceof DownloadError && error.isGone)) throw error;
  }
  try {
    return await downloadWhole(`${base}/Release`, options);
  } catch (error) {
    throw new Error(`the suite is not there: ${reasonOf(error)}`, { cause: error });
  }
}
