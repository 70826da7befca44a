import { closeSync, constants, createReadStream, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { codeOf } from '../errors.js';
import { debug } from '../log.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath, joinPath, pathToBytes, showPath } from '../model/file-path.js';
import { entryAt, hashAt, nodeAt } from './disk-entry.js';
import { expandGlob, parseGlobs, uniquePaths } from './globs.js';
import type { EntriesOptions, FileView, WalkOptions } from './machine.js';
import { createResolver, type Resolution, type ResolveOptions } from './resolver.js';
import { createTurns } from './turns.js';

/** Where a path of the view is on this machine's disk. */
type Locate = (path: FilePath, options?: ResolveOptions) => FilePath;

/**
 * Files below a folder of this machine (`/`: the machine itself, where the kernel follows links). Synchronous calls in
 * batches: a stat costs microseconds, a trip through the thread pool many times that.
 */
export function diskFiles(root: FilePath): FileView {
  const locator = (): Locate => (root === '/' ? (path) => path : createLocate(root));
  return {
    async lstat(path) {
      return entryAt(locator()(path, { followLast: false }), path);
    },
    async list(path) {
      return listAt(locator()(path));
    },
    async read(path) {
      return readAt(locator()(path));
    },
    stream(path) {
      return streamAt(locator(), path);
    },
    entries: (paths, options) => entriesOf(paths, locator(), options),
    gather: (globs, signal) => gatherFrom(globs, locator(), signal),
    walk: (start, options) => walkFrom(start, locator(), options),
  };
}

function createLocate(root: FilePath): Locate {
  const onDisk = (path: FilePath) => (path === '/' ? root : ((root + path) as FilePath));
  const resolve = createResolver((path) => nodeAt(onDisk(path)));
  return (path, options) => {
    const resolution = resolve(path, options);
    // The kernel would give the same errors if it followed links within the root; `missing` it finds out by itself.
    if (resolution.end === 'loop' || resolution.end === 'not-a-directory') throw resolveError(path, resolution);
    return onDisk(resolution.path);
  };
}

/** As node's own: code and path. */
export function resolveError(path: FilePath, resolution: Resolution): NodeJS.ErrnoException {
  const code = resolution.end === 'loop' ? 'ELOOP' : resolution.end === 'missing' ? 'ENOENT' : 'ENOTDIR';
  return Object.assign(new Error(`${code}: ${showPath(path)}`), { code, path: showPath(path) });
}

async function* entriesOf(
  paths: readonly FilePath[],
  locate: Locate,
  options: EntriesOptions = {},
): AsyncGenerator<FileEntry | undefined> {
  const turn = createTurns(options.signal);
  for (const path of paths) {
    await turn();
    yield await hashed(absentIfUnreachable(path, locate), locate, options, turn);
  }
}

function absentIfUnreachable(path: FilePath, locate: Locate): FileEntry | undefined {
  try {
    return entryAt(locate(path, { followLast: false }), path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

async function hashed(
  entry: FileEntry | undefined,
  locate: Locate,
  options: EntriesOptions,
  turn: () => Promise<void> | undefined,
): Promise<FileEntry | undefined> {
  if (!options.hash || entry?.type !== 'file') return entry;
  try {
    return { ...entry, hash: await hashAt(locate(entry.path, { followLast: false }), turn) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return { ...entry, unreadable: codeOf(error) ?? 'EIO' };
  }
}

async function* walkFrom(start: FilePath, locate: Locate, options: WalkOptions = {}): AsyncGenerator<FileEntry> {
  const excluded = new Set(options.exclude ?? []);
  const turn = createTurns(options.signal);
  const waiting: FilePath[] = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    await turn();
    const entry = await hashed(absentIfUnreachable(path, locate), locate, options, turn);
    if (entry === undefined) continue;
    if (entry.type === 'directory' && !excluded.has(path)) {
      const names = tryList(path, locate);
      if (names === undefined) {
        yield { ...entry, unreadable: 'EACCES' };
        continue;
      }
      for (const name of names.reverse()) waiting.push(joinPath(path, name));
    }
    yield entry;
  }
}

async function gatherFrom(
  globs: readonly string[],
  locate: Locate,
  signal?: AbortSignal,
): Promise<Map<FilePath, Buffer>> {
  const turn = createTurns(signal);
  const gathered = new Map<FilePath, Buffer>();
  for (const parts of parseGlobs(globs)) {
    for (const path of expandGlob(parts, (directory) => tryList(directory, locate))) {
      await turn();
      if (gathered.has(path)) continue;
      try {
        gathered.set(path, readAt(locate(path)));
      } catch (error) {
        debug('gather leaves out %s: %s', showPath(path), codeOf(error));
      }
    }
  }
  return new Map(uniquePaths(gathered.keys()).map((path) => [path, gathered.get(path) ?? Buffer.alloc(0)]));
}

function tryList(path: FilePath, locate: Locate): FilePath[] | undefined {
  try {
    return listAt(locate(path));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function listAt(onDisk: FilePath): FilePath[] {
  const names = readdirSync(pathToBytes(onDisk), { encoding: 'latin1' as BufferEncoding }) as FilePath[];
  return names.sort(comparePaths);
}

const chunk = Buffer.allocUnsafeSlow(256 * 1024);

/** Opening without blocking, so that a FIFO cannot hold us up. */
function readAt(onDisk: FilePath): Buffer {
  const file = openSync(pathToBytes(onDisk), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const first = readSync(file, chunk, 0, chunk.length, null);
    if (first === 0 && !fstatSync(file).isFile()) throw notAFile(onDisk);
    const parts = [Buffer.from(chunk.subarray(0, first))];
    for (let got = first; got === chunk.length; ) {
      got = readSync(file, chunk, 0, chunk.length, null);
      parts.push(Buffer.from(chunk.subarray(0, got)));
    }
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  } finally {
    closeSync(file);
  }
}

function notAFile(onDisk: FilePath): NodeJS.ErrnoException {
  return Object.assign(new Error(`EINVAL: not a regular file, ${showPath(onDisk)}`), { code: 'EINVAL' });
}

function streamAt(locate: Locate, path: FilePath): Readable {
  try {
    return createReadStream(pathToBytes(locate(path)));
  } catch (error) {
    return new Readable({
      read() {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    });
  }
}
