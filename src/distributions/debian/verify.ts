import { createHash } from 'node:crypto';
import { codeOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import { type Listing, ownedBy } from './file-index.js';
import type { Conffile } from './package.js';

/** A path with all packages that list it. */
export interface ClaimedFile {
  readonly path: FilePath;
  readonly chosen: Listing;
  readonly listings: readonly Listing[];
}

/** As much content as is held in memory at a time. */
const batchBytes = 32 * 1024 * 1024;

/**
 * Compares files with the MD5 sums that their packages recorded. What is gone, is no file any more, has other content,
 * or is a configuration file that its package no longer ships, is `modified`; a file that another of its owners
 * recorded so belongs to that one. Links and folders have no recorded sum.
 */
export async function findModified(
  files: readonly ClaimedFile[],
  machine: Machine,
  layout: UsrLayout,
  signal?: AbortSignal,
): Promise<Owner[]> {
  const changed: Owner[] = [];
  const present: { file: ClaimedFile; entry: FileEntry }[] = [];
  const claimed = new Map(files.map((file) => [file.path, file]));
  for await (const [path, entry] of machine.files.entries([...claimed.keys()], signal ? { signal } : {})) {
    const file = claimed.get(path) as ClaimedFile;
    if (!entry) changed.push(modified(file, 'removed'));
    else if (entry.type === 'file') present.push({ file, entry });
    else if (recordedSum(file.chosen) && !layout.links.has(file.path)) changed.push(modified(file, 'replaced'));
  }
  const checked = present.filter(({ file }) => file.listings.some((listing) => recordedSum(listing) !== undefined));
  for await (const { file, md5 } of sums(checked, machine, signal)) {
    const owner = judge(file, md5);
    if (owner) changed.push(owner);
  }
  return changed;
}

function judge(file: ClaimedFile, md5: string | undefined): Owner | undefined {
  const { chosen, listings, path } = file;
  if (md5 === undefined) return undefined;
  if (conffileOf(chosen)?.obsolete) return modified(file, 'obsolete-configuration');
  if (recordedSum(chosen) === md5) return undefined;
  const other = listings.find((each) => recordedSum(each) === md5);
  if (other) return ownedBy(other, path, listings);
  return recordedSum(chosen) === undefined ? undefined : modified(file, 'content');
}

function modified({ path, chosen, listings }: ClaimedFile, rule: string): Owner {
  return { ...ownedBy(chosen, path, listings), state: 'modified', rule };
}

/** From the package's md5sums, or for a configuration file from its status. */
function recordedSum(listing: Listing): string | undefined {
  const { package: owner, sumAt } = listing;
  if (sumAt !== undefined) return owner.md5sums?.toString('latin1', sumAt, sumAt + 32);
  const conffile = conffileOf(listing);
  return conffile?.md5 === 'newconffile' ? undefined : conffile?.md5;
}

function conffileOf({ package: owner, listedAs }: Listing): Conffile | undefined {
  return owner.conffiles.find(({ path }) => path === listedAs);
}

/** MD5 of many files: small ones in batches of one pass each, large ones as streams; undefined where unreadable. */
async function* sums(
  files: readonly { readonly file: ClaimedFile; readonly entry: FileEntry }[],
  machine: Machine,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ file: ClaimedFile; md5: string | undefined }> {
  let batch: ClaimedFile[] = [];
  let size = 0;
  const flush = async (): Promise<{ file: ClaimedFile; md5: string | undefined }[]> => {
    const contents = await machine.files.gather(
      batch.map(({ path }) => path),
      signal,
    );
    const results = batch.map((file) => ({ file, md5: md5Of(contents.get(file.path)) }));
    batch = [];
    size = 0;
    return results;
  };
  for (const { file, entry } of files) {
    signal?.throwIfAborted();
    if (entry.size > batchBytes || /[*?[\]{}]/.test(file.path)) {
      yield { file, md5: await md5OfStream(machine, file.path) };
      continue;
    }
    if (size + entry.size > batchBytes) yield* await flush();
    batch.push(file);
    size += entry.size;
  }
  if (batch.length > 0) yield* await flush();
}

function md5Of(content: Buffer | undefined): string | undefined {
  return content && createHash('md5').update(content).digest('hex');
}

async function md5OfStream(machine: Machine, path: FilePath): Promise<string | undefined> {
  const hash = createHash('md5');
  try {
    for await (const chunk of machine.files.stream(path)) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    // It cannot be read: its state stays what the lists say; the snapshot names it as unreadable.
    return undefined;
  }
}
