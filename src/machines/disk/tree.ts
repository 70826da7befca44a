import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { codeOf } from '../../errors.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import type { Sha256 } from '../../hash.js';
import { type FilePath, joinPath, nodePath } from '../../model/file-path.js';
import { kernelFolders } from '../../model/kernel-path.js';
import { openHashCache } from '../hashing/cache.js';
import { HashPool } from '../hashing/pool.js';
import { createTurns } from '../turns.js';
import { type AttributeReader, openAttributeReader } from './attributes.js';
import { entryOf } from './entry.js';

export interface DiskTreeOptions {
  /** A folder of this machine: the root of what is looked at. No link leads there. */
  readonly root: FilePath;
  /** Where to begin below the root; paths are from the root all the same. */
  readonly start: FilePath;
  readonly hash: boolean;
  readonly attributes: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What was seen of one entry. */
interface Seen {
  entry: PartialEntry;
  readonly onDisk: FilePath;
  readonly stats: BigIntStats;
}

const batchSize = 512;
/** How many batches are on the way: their files are hashed beside the walk. */
const mostOpen = 8;

/**
 * Every entry at or below a place of this machine's disk: parents first, siblings in byte order, links never followed,
 * and nothing of what the kernel makes up. Contents are hashed by several threads; of a file that is known to be as it
 * was when it was hashed, its content is not read again.
 */
export async function* diskTree(options: DiskTreeOptions): AsyncGenerator<readonly PartialEntry[], void> {
  const { hash, attributes } = options;
  await using cache = hash ? await openHashCache() : undefined;
  await using pool = new HashPool();
  await using reader = attributes ? openAttributeReader() : undefined;
  const finish = async (batch: readonly Seen[]): Promise<readonly PartialEntry[]> => {
    const found = reader ? await withAttributes(batch, reader) : batch;
    return cache ? await withHashes(found, { cache, pool }) : found.map(({ entry }) => entry);
  };
  const open: Promise<readonly PartialEntry[]>[] = [];
  for await (const batch of walked(options)) {
    const finished = finish(batch);
    // Whoever waits for it is told of what fails.
    finished.catch(() => undefined);
    open.push(finished);
    if (open.length >= mostOpen) yield await (open.shift() as Promise<readonly PartialEntry[]>);
  }
  for (const finished of open) yield await finished;
}

async function* walked({ root, start, signal }: DiskTreeOptions): AsyncGenerator<readonly Seen[], void> {
  const onDisk = (path: FilePath) => (root === '/' ? path : path === '/' ? root : ((root + path) as FilePath));
  const names = new Map<string, FilePath>();
  const turn = createTurns(signal);
  const waiting = [start];
  let batch: Seen[] = [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const pause = turn();
    if (pause) await pause;
    const stats = statsAt(onDisk(path));
    if (stats === undefined) continue;
    const seen = seenAt(path, onDisk(path), stats, names);
    if (stats.isDirectory() && !isOfKernel(path, root, stats)) {
      try {
        for (const name of namesBackwards(onDisk(path))) waiting.push(joinPath(path, name));
      } catch (error) {
        if (codeOf(error) === 'ENOENT') continue;
        seen.entry = { ...seen.entry, unreadable: codeOf(error) ?? 'EIO' };
      }
    }
    batch.push(seen);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function statsAt(path: FilePath): BigIntStats | undefined {
  try {
    return lstatSync(nodePath(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // What is in a folder that may be listed and not entered.
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function namesBackwards(folder: FilePath): FilePath[] {
  return (readdirSync(nodePath(folder), { encoding: 'latin1' }) as FilePath[]).sort().reverse();
}

/** Kernels mount their own over folders of these names. A folder that merely has such a name is one like others. */
function isOfKernel(path: FilePath, root: FilePath, stats: BigIntStats): boolean {
  if (!kernelFolders.includes(path)) return false;
  return root === '/' || stats.dev !== lstatSync(nodePath(root), { bigint: true }).dev;
}

function seenAt(path: FilePath, onDisk: FilePath, stats: BigIntStats, names: Map<string, FilePath>): Seen {
  const entry = entryOf(path, onDisk, stats);
  const isShared = entry.type !== 'directory' && stats.nlink > 1n;
  return { entry: isShared ? { ...entry, ...sameAs(path, stats, names) } : entry, onDisk, stats };
}

function sameAs(path: FilePath, { dev, ino }: BigIntStats, names: Map<string, FilePath>): { sameAs?: FilePath } {
  const key = `${dev} ${ino}`;
  const first = names.get(key);
  if (first === undefined) names.set(key, path);
  return first === undefined ? {} : { sameAs: first };
}

interface Hashing {
  readonly cache: Awaited<ReturnType<typeof openHashCache>>;
  readonly pool: HashPool;
}

async function withHashes(batch: readonly Seen[], { cache, pool }: Hashing): Promise<readonly PartialEntry[]> {
  const hashes: (Sha256 | undefined)[] = batch.map(({ entry, stats }) =>
    entry.type === 'file' ? cache.get(stats) : undefined,
  );
  const unknown = batch.flatMap(({ entry }, at) => (entry.type === 'file' && hashes[at] === undefined ? [at] : []));
  const since = Date.now();
  const found = await pool.hash(unknown.map((at) => batch[at] as Seen));
  const failed = new Map<number, string>();
  for (const [index, at] of unknown.entries()) {
    const result = found[index];
    if (result === undefined) continue;
    if ('error' in result) failed.set(at, result.error);
    else {
      hashes[at] = result.hash;
      if (result.isSame) cache.set((batch[at] as Seen).stats, result.hash, since);
    }
  }
  return batch.flatMap(({ entry }, at) => {
    const hash = hashes[at];
    const unreadable = failed.get(at);
    // Gone since it was seen.
    if (unreadable === 'ENOENT') return [];
    return [hash === undefined ? (unreadable === undefined ? entry : { ...entry, unreadable }) : { ...entry, hash }];
  });
}

async function withAttributes(batch: readonly Seen[], reader: AttributeReader): Promise<readonly Seen[]> {
  const found = await reader.read(batch.map(({ onDisk }) => onDisk));
  return batch.map((seen, at) => {
    const attributes = found[at];
    return attributes === undefined ? seen : { ...seen, entry: { ...seen.entry, attributes } };
  });
}
