import { createReadStream, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { codeOf } from '../errors.js';
import { debug } from '../log.js';
import type { FileEntry } from '../model/file-entry.js';
import { baseName, type FilePath, joinPath, parentPath, pathToBytes, showPath } from '../model/file-path.js';
import { createReader, readContents } from './disk-content.js';
import { entryAt, hashAt, nodeAt } from './disk-entry.js';
import { expandGlob, parseGlobs, uniquePaths } from './globs.js';
import type { EntriesOptions, FileView, Unreadable, WalkOptions } from './machine.js';
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
      return createReader(0)(locator()(path));
    },
    stream(path) {
      return streamAt(locator(), path);
    },
    entries: (paths, options) => entriesOf(paths, locator(), options),
    gather: (globs, signal, unreadable) => gatherFrom(globs, locator(), signal, unreadable),
    contents: (paths, options) => readContents(paths, locator(), options),
    walk: (start, options) => walkFrom(start, locator(), options),
  };
}

function createLocate(root: FilePath): Locate {
  const onDisk = (path: FilePath) => (path === '/' ? root : ((root + path) as FilePath));
  const resolve = createResolver((path) => nodeAt(onDisk(path)));
  const followed = (path: FilePath): FilePath => {
    const resolution = resolve(path);
    // The kernel would give the same errors if it followed links within the root; `missing` it finds out by itself.
    if (resolution.end === 'loop' || resolution.end === 'not-a-directory') throw resolveError(path, resolution);
    return onDisk(resolution.path);
  };
  const folders = new Map<FilePath, FilePath>();
  return (path, { followLast = true } = {}) => {
    const last = baseName(path);
    if (followLast || last === '' || last === '.' || last === '..') return followed(path);
    // What is there is looked at by who asks: only the way to it is looked up here, once for all that it holds.
    const folder = parentPath(path);
    const known = folders.get(folder) ?? followed(folder);
    folders.set(folder, known);
    return joinPath(known, last);
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
    const pause = turn();
    if (pause) await pause;
    const entry = absentIfUnreachable(path, locate);
    yield options.hash ? await hashed(entry, locate, turn) : entry;
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
  turn: () => Promise<void> | undefined,
): Promise<FileEntry | undefined> {
  if (entry?.type !== 'file') return entry;
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
    const found = absentIfUnreachable(path, locate);
    const entry = options.hash ? await hashed(found, locate, turn) : found;
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
  unreadable?: Unreadable,
): Promise<Map<FilePath, Buffer>> {
  const turn = createTurns(signal);
  const leaveOut = (path: FilePath, error: unknown) => {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (notThere.has(code)) debug('gather leaves out %s: %s', showPath(path), code);
    else unreadable?.(path, code);
  };
  const listed = new Map<FilePath, FilePath[]>();
  const namesIn = (folder: FilePath): FilePath[] => {
    const names = listed.get(folder) ?? tryList(folder, locate, leaveOut) ?? [];
    listed.set(folder, names);
    return names;
  };
  const read = createReader(1024 * 1024);
  const gathered = new Map<FilePath, Buffer>();
  for (const path of uniquePaths(parseGlobs(globs).flatMap((parts) => [...expandGlob(parts, namesIn)]))) {
    const pause = turn();
    if (pause) await pause;
    try {
      // Most files are no links: what turns out to be one is followed then.
      const content = read(locate(path, { followLast: false }), () => locate(path));
      gathered.set(path, content);
    } catch (error) {
      leaveOut(path, error);
    }
  }
  return gathered;
}

/** There is no regular file, or no folder: a glob that matches nothing says no more. */
const notThere: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EINVAL', 'ENXIO']);

function tryList(
  path: FilePath,
  locate: Locate,
  failed?: (path: FilePath, error: unknown) => void,
): FilePath[] | undefined {
  try {
    return listAt(locate(path));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    failed?.(path, error);
    return undefined;
  }
}

function listAt(onDisk: FilePath): FilePath[] {
  const names = readdirSync(pathToBytes(onDisk), { encoding: 'latin1' as BufferEncoding }) as FilePath[];
  return names.sort();
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
