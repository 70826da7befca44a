import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { reasonOf } from '../../errors.js';
import { pidOfTemporary, temporaryName } from '../../file-lock.js';
import { debug } from '../../log.js';
import { isRunning } from '../../process-identity.js';
import { cacheFolder } from '../../scratch.js';
import { diskOf, ifGone, type KeptFile, keptFile, makeRoom, markUsed, removeKept } from '../kept-files.js';

/** What is known of layers and of images is kept as documents; each kind has a folder. */
const kinds = ['layers', 'configurations', 'packages'] as const;

export type DocumentKind = (typeof kinds)[number];

export interface KeptDocument extends KeptFile {
  readonly kind: DocumentKind;
}

/** The documents take this share of the disk, or little more, and leave as much of it free. */
const share = 0.02;

/** Room is made when as much of it was written: each time, every document is looked at. */
const worthIt = 0.1;

/** Bytes, since this process last made room; it does so with its first. */
let written = Number.POSITIVE_INFINITY;

/** A temporary file of no living process is what a kill left when it is as old as that: an hour in milliseconds. */
const abandoned = 3_600_000;

/** A document that was kept under a name; undefined where there is none that can be read. */
export async function readKept(name: string): Promise<unknown> {
  const file = join(imageCache(), name);
  try {
    const value = await documentIn(await readFile(file));
    await markUsed(file);
    return value;
  } catch (error) {
    debug('nothing is known of %s: %s', name, reasonOf(error));
    return undefined;
  }
}

/** Keeps a document, `limit` bytes of all or little more. A cache that cannot be written is no reason to fail. */
export async function keep(name: string, value: unknown, limit?: number): Promise<void> {
  const file = join(imageCache(), name);
  const temporary = temporaryName(file);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const { size, free } = await diskOf(imageCache());
    if (free < size * share) throw new Error(`less than ${share * 100} % of the disk of ${imageCache()} is free`);
    const bytes = await promisify(gzip)(JSON.stringify(value), { level: 1 });
    await writeFile(temporary, bytes, { mode: 0o600 });
    await rename(temporary, file);
    await roomFor(bytes.length, limit ?? size * share);
  } catch (error) {
    debug('%s is not kept: %s', name, reasonOf(error));
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function roomFor(size: number, limit: number): Promise<void> {
  written += size;
  if (written < limit * worthIt) return;
  written = 0;
  await makeRoom(await keptDocuments(), limit);
}

/** All of them. What killed processes left is removed. */
export async function keptDocuments(): Promise<KeptDocument[]> {
  const found: KeptDocument[] = [];
  for (const folder of (await readdir(imageCache()).catch(ifGone)) ?? []) {
    // The packages of each version of this program have a folder of their own.
    const kind = kinds.find((each) => folder === each || folder.startsWith(`${each}-`));
    if (kind === undefined) continue;
    for (const name of (await readdir(join(imageCache(), folder)).catch(ifGone)) ?? []) {
      const kept = await keptFile(join(imageCache(), folder, name));
      if (kept && isDocument(name)) found.push({ kind, ...kept });
      else if (kept && isAbandoned(kept)) await removeKept([kept]);
    }
  }
  return found;
}

/** Whether a document is whole, by its checksum; a damaged one is removed, and one that is gone is not damaged. */
export async function isSoundDocument({ file }: KeptFile): Promise<boolean> {
  const bytes = await readFile(file).catch(ifGone);
  try {
    if (bytes) await documentIn(bytes);
    return true;
  } catch {
    await removeKept([{ file }]);
    return false;
  }
}

/** The number is that of the form. */
function imageCache(): string {
  return join(cacheFolder(), 'images-1');
}

async function documentIn(bytes: Buffer): Promise<unknown> {
  return JSON.parse((await promisify(gunzip)(bytes)).toString('utf8'));
}

function isDocument(name: string): boolean {
  return /^[0-9a-f]{64}\.json\.gz$/.test(name);
}

function isAbandoned({ file, lastUsed }: KeptFile): boolean {
  const pid = pidOfTemporary(file);
  return pid !== undefined && !isRunning(pid) && Date.now() - lastUsed.getTime() > abandoned;
}
