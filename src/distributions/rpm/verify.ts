import { createHash } from 'node:crypto';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { type Listing, ownedBy } from './file-index.js';
import type { PackagedFile } from './package.js';

/** A path with all packages that list it. */
export interface ClaimedFile {
  readonly path: FilePath;
  readonly chosen: Listing;
  readonly listings: readonly Listing[];
}

const typeBits = 0o170000;
const types = new Map<number, FileEntry['type']>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o060000, 'block'],
  [0o020000, 'character'],
]);

/** Of what a package's mode says. */
export function typeOf({ mode }: Pick<PackagedFile, 'mode'>): FileEntry['type'] | undefined {
  return types.get(mode & typeBits);
}

/** Compares files with what their packages recorded: what is gone, is of another type or has other content is `modified`. */
export async function findModified(
  files: readonly ClaimedFile[],
  machine: Machine,
  signal?: AbortSignal,
): Promise<Owner[]> {
  const options = signal ? { signal } : {};
  const claimed = new Map(files.map((file) => [file.path, file]));
  const changed: Owner[] = [];
  const present: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries([...claimed.keys()], options)) {
    const file = claimed.get(path) as ClaimedFile;
    const difference = differenceOf(recordOf(file.chosen), entry);
    if (difference) changed.push(modified(file, difference));
    else if (entry?.type === 'file' && sumsOf(file).length > 0) present.push(path);
  }
  for await (const { path, content } of machine.files.contents(present, options)) {
    const owner = await judge(claimed.get(path) as ClaimedFile, content);
    if (owner) changed.push(owner);
  }
  return changed;
}

function recordOf({ package: owner, index }: Listing): PackagedFile | undefined {
  return owner.files[index];
}

/** What shows without reading the file. A folder may have become a link, as those of merged /usr. */
function differenceOf(record: PackagedFile | undefined, entry: FileEntry | undefined): string | undefined {
  if (!entry) return 'removed';
  const type = record && typeOf(record);
  if (type === undefined || type === entry.type) {
    return type === 'symlink' && entry.target !== record?.target ? 'link' : undefined;
  }
  return type === 'directory' && entry.type === 'symlink' ? undefined : 'replaced';
}

/** The digests that the packages recorded, by algorithm; what may change by itself has none that counts. */
function sumsOf({
  listings,
}: ClaimedFile): { readonly listing: Listing; readonly algorithm: string; readonly sum: string }[] {
  return listings.flatMap((listing) => {
    const record = recordOf(listing);
    const algorithm = listing.package.digestAlgorithm;
    if (!record?.digest || !record.isVerified || algorithm === undefined) return [];
    return [{ listing, algorithm, sum: record.digest }];
  });
}

async function judge(file: ClaimedFile, content: AsyncIterable<Buffer>): Promise<Owner | undefined> {
  const sums = sumsOf(file);
  const hashes = new Map(sums.map(({ algorithm }) => [algorithm, createHash(algorithm)]));
  for await (const chunk of content) for (const hash of hashes.values()) hash.update(chunk);
  const found = new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
  const fitting = sums.filter(({ algorithm, sum }) => found.get(algorithm) === sum);
  if (fitting.some(({ listing }) => listing === file.chosen)) return undefined;
  const [other] = fitting;
  if (other) return ownedBy(other.listing, file.path, file.listings);
  return modified(file, 'content');
}

function modified({ path, chosen, listings }: ClaimedFile, rule: string): Owner {
  return { ...ownedBy(chosen, path, listings), state: 'modified', rule };
}
