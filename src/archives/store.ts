import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { codeOf, ReproError } from '../errors.js';
import { withLock } from '../file-lock.js';
import { type Digest, type Sha256, sha256OfFile } from '../hash.js';
import { markUsed } from '../machines/kept-files.js';
import { isRunning } from '../process-identity.js';
import { type Contents, foundFile } from './contents.js';
import { PortionWriter } from './portions.js';
import { defaultStoreFolder } from './store-folder.js';

/**
 * A folder that holds content by its SHA-256 as `ab/abcdef...`, under `known` which SHA-256 the content of another digest
 * was found to have, and under `stand-ins` what was taken where an artifact was not to be had; two processes may use it at
 * once.
 */
export interface ContentFolder extends Contents {
  readonly folder: string;
  /** As in {@link Contents}; with the local file. */
  add(
    content: AsyncIterable<Uint8Array> | Uint8Array,
    expected?: Sha256 | Digest,
    options?: AddOptions,
  ): Promise<{ hash: Sha256; size: number; file: string }>;
  /** The SHA-256 of content that was once kept for a digest. */
  known(digest: Digest): Promise<Sha256 | undefined>;
  /** As `verified`, and not a use of it. */
  isSound(hash: Sha256): Promise<boolean>;
  /** Does work while no other process does the same for that digest; it is told whether it had to wait for one. */
  alone<T>(digest: Digest, work: (hasWaited: boolean) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The local file after its content was hashed again; a damaged entry is removed and undefined is returned. */
  verified(hash: Sha256): Promise<string | undefined>;
}

interface AddOptions {
  /** Where it is known: it is named when the disk is full. */
  readonly size?: number;
  /** The store was seen to lack it: it is not asked again. */
  readonly isLacking?: boolean;
}

/** The store of this machine and user: every artifact ever fetched. As {@link defaultStoreFolder} says where it is. */
export async function openStore(folder: string = defaultStoreFolder()): Promise<ContentFolder> {
  await makeFolder(folder, 'Choose a folder that you may write to with --store or REPROMAN_STORE.');
  await removeLeftovers(join(folder, 'tmp'));
  return contentFolder(folder);
}

function contentFolder(folder: string): ContentFolder {
  const fileOf = (hash: Sha256) => join(folder, hash.slice(0, 2), hash);
  const noteOf = ({ algorithm, value }: Digest) => join(folder, 'known', algorithm, value);
  const known = async (digest: Digest): Promise<Sha256 | undefined> => {
    if (digest.algorithm === 'sha256') return digest.value;
    // A note that is not there or cannot be read costs one more download.
    const noted = await readFile(noteOf(digest), 'utf8').catch(() => '');
    return /^[0-9a-f]{64}$/.test(noted) ? noted : undefined;
  };
  const folders = new Set<string>();
  return {
    folder,
    async add(content, expected, options = {}) {
      const digest = typeof expected === 'string' ? ({ algorithm: 'sha256', value: expected } as const) : expected;
      const hash = digest && (await known(digest));
      if (hash !== undefined && !options.isLacking && (await exists(fileOf(hash)))) {
        const size = await verifiedSize(fileOf(hash), hash);
        if (size !== undefined) return { hash, size, file: fileOf(hash) };
      }
      try {
        const kept = await keep(folder, content, digest, fileOf, folders);
        if (digest && digest.algorithm !== 'sha256') await note(folder, noteOf(digest), kept.hash);
        return kept;
      } catch (error) {
        throw fullDisk(error, folder, options.size) ?? error;
      }
    },
    known,
    has: (hash) => exists(fileOf(hash)),
    async locate(hash) {
      if (await exists(fileOf(hash))) return fileOf(hash);
      throw missing(hash, folder);
    },
    async find(hash) {
      const found = foundFile(fileOf(hash));
      if (!found) throw missing(hash, folder);
      return found;
    },
    open(hash): Readable {
      const output = new PassThrough();
      const source = createReadStream(fileOf(hash));
      source.once('error', (error) => output.destroy(codeOf(error) === 'ENOENT' ? missing(hash, folder) : error));
      return pipeline(source, output, () => undefined);
    },
    async verified(hash) {
      const file = fileOf(hash);
      if ((await verifiedSize(file, hash)) === undefined) return undefined;
      await markUsed(file);
      return file;
    },
    isSound: async (hash) => (await verifiedSize(fileOf(hash), hash)) !== undefined,
    async alone({ algorithm, value }, work, signal) {
      const patience = Number.POSITIVE_INFINITY;
      return withLock(join(folder, 'locks', `${algorithm}-${value}`), work, { patience, ...(signal && { signal }) });
    },
  };
}

async function keep(
  folder: string,
  content: AsyncIterable<Uint8Array> | Uint8Array,
  expected: Digest | undefined,
  fileOf: (hash: Sha256) => string,
  folders: Set<string>,
): Promise<{ hash: Sha256; size: number; file: string }> {
  const temporary = join(folder, 'tmp', `${process.pid}-${randomUUID()}`);
  const handle = await inFolder(temporary, () => open(temporary, 'wx'));
  try {
    const algorithm = expected?.algorithm ?? 'sha256';
    const { hash, size, found } = await write(handle, content instanceof Uint8Array ? [content] : content, algorithm);
    if (expected !== undefined && found !== expected.value) {
      throw new ReproError(
        'not-rebuildable',
        `The content has the ${titles[algorithm]} ${found} (${size} bytes), but ${expected.value} was expected.`,
      );
    }
    const file = fileOf(hash);
    // Of many in an empty store, most are the first of their folder.
    if (!folders.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    folders.add(dirname(file));
    await inFolder(file, () => rename(temporary, file));
    return { hash, size, file };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes a file, and its folder first where that is not there. */
async function inFolder<T>(file: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(dirname(file), { recursive: true });
    return make();
  }
}

const titles: Readonly<Record<Digest['algorithm'], string>> = {
  sha512: 'SHA-512',
  sha256: 'SHA-256',
  sha1: 'SHA-1',
  md5: 'MD5',
};

/** Remembers something of contents in a file of the store, for the next time. */
export async function note(folder: string, file: string, text: string): Promise<void> {
  const temporary = join(folder, 'tmp', `${process.pid}-${randomUUID()}`);
  await inFolder(temporary, () => writeFile(temporary, text));
  await inFolder(file, () => rename(temporary, file));
}

/** Writes all and closes the file; `found` is what the content has by `algorithm`. */
async function write(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  algorithm: Digest['algorithm'],
): Promise<{ hash: Sha256; size: number; found: string }> {
  const hash = createHash('sha256');
  const other = algorithm === 'sha256' ? undefined : createHash(algorithm);
  let size = 0;
  const writer = new PortionWriter(handle);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      other?.update(chunk);
      await writer.write(chunk);
      size += chunk.length;
    }
    await writer.flush();
    // Not synced: what a power failure leaves of it has another hash, which every later use of the store finds out.
  } finally {
    await handle.close();
  }
  const digest = hash.digest('hex');
  return { hash: digest, size, found: other?.digest('hex') ?? digest };
}

/** The size of an entry whose content is what its name says; a damaged one is removed. */
async function verifiedSize(file: string, hash: Sha256): Promise<number | undefined> {
  try {
    const found = await sha256OfFile(file);
    if (found.hash === hash) return found.size;
    await rm(file, { force: true });
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What processes that were killed left behind: temporary files of no living process, older than an hour. A courtesy. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const file = join(folder, name);
    const info = await stat(file).catch(() => undefined);
    const pid = Number.parseInt(name, 10);
    if (info && Date.now() - info.mtimeMs > 3_600_000 && !isRunning(pid)) await rm(file, { force: true });
  }
}

async function makeFolder(folder: string, remedy: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = codeOf(error) ?? String(error);
    throw new ReproError('not-ready', `The folder ${folder} cannot be made (${reason}).`, { remedy, cause: error });
  }
}

function fullDisk(error: unknown, folder: string, size: number | undefined): ReproError | undefined {
  const code = codeOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EACCES' && code !== 'EROFS') return undefined;
  const needed = size === undefined ? '' : `; ${size} bytes were needed`;
  const message =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `The disk that holds ${folder} is full${needed}.`
      : `The folder ${folder} cannot be written to (${code}).`;
  const remedy = 'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.';
  return new ReproError('not-ready', message, { where: folder, remedy, cause: error });
}

function missing(hash: Sha256, folder: string): ReproError {
  return new ReproError('not-rebuildable', `The content ${hash} is missing from ${folder}.`, {
    remedy: 'Try again: what is not in the store is fetched anew.',
  });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
