import { createReadStream, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { codeOf } from '../errors.js';
import { debug } from '../log.js';
import type { FileEntry } from '../model/file-entry.js';
import { baseName, type FilePath, joinPath, parentPath, pathToBytes, showPath } from '../model/file-path.js';
import { createReader, readContents, readPart } from './disk-content.js';
import { entryAt, hashAt } from './disk-entry.js';
import { expandGlob, parseGlobs, uniquePaths } from './globs.js';
import type { AskedEntry, EntriesOptions, FileView, Unreadable, WalkOptions } from './machine.js';
import { createResolver, type Resolution } from './resolver.js';
import { createTurns } from './turns.js';

/** Where paths of the view are on this machine's disk, for as long as it can be taken for unchanged. */
interface Locator {
  /** A last link is followed. */
  followed(path: FilePath): FilePath;
  /** A last link is not followed. */
  own(path: FilePath): FilePath;
  entry(path: FilePath): FileEntry | undefined;
}

/**
 * Files below a folder of this machine (`/`: the machine itself, where the kernel follows links). Synchronous calls in
 * batches: a stat costs microseconds, a trip through the thread pool many times that.
 */
export function diskFiles(root: FilePath): FileView {
  const locator = (): Locator => (root === '/' ? direct : createLocator(root));
  return {
    async lstat(path) {
      return locator().entry(path);
    },
    async list(path) {
      return listAt(locator().followed(path));
    },
    async read(path) {
      return createReader(0)(locator().followed(path));
    },
    stream(path) {
      return streamAt(locator(), path);
    },
    async part(path, offset, length) {
      return readPart(locator().followed(path), offset, length);
    },
    entries: (paths, options) => entriesOf(paths, locator(), options),
    gather: (globs, signal, unreadable) => gatherFrom(globs, locator(), signal, unreadable),
    contents: (paths, options) => readContents(paths, locator().followed, options),
    walk: (start, options) => walkFrom(typeof start === 'string' ? [start] : start, locator(), options),
  };
}

function createLocator(root: FilePath): Locator {
  const onDisk = (place: FilePath) => (place === '/' ? root : ((root + place) as FilePath));
  /** Of everything but files, which no way leads through. */
  const seen = new Map<FilePath, FileEntry | undefined>();
  const look = (place: FilePath): FileEntry | undefined => {
    const known = seen.get(place);
    if (known !== undefined) return known;
    const entry = entryAt(onDisk(place), place);
    if (entry?.type !== 'file') seen.set(place, entry);
    return entry;
  };
  const resolve = createResolver(look);
  const placeOf = (path: FilePath): FilePath => {
    const resolution = resolve(path);
    // The kernel would give the same errors if it followed links within the root; `missing` it finds out by itself.
    if (resolution.end === 'loop' || resolution.end === 'not-a-directory') throw resolveError(path, resolution);
    return resolution.path;
  };
  const folders = new Map<FilePath, FilePath>();
  /** Only the way is looked up, once for all that a folder holds; what is there is looked at by who asks. */
  const ownPlaceOf = (path: FilePath): FilePath => {
    if (/\/\.{0,2}$/.test(path)) return placeOf(path);
    const folder = parentPath(path);
    const known = folders.get(folder) ?? placeOf(folder);
    if (!folders.has(folder)) folders.set(folder, known);
    return known === folder ? path : joinPath(known, baseName(path));
  };
  return {
    followed: (path) => onDisk(placeOf(path)),
    own: (path) => onDisk(ownPlaceOf(path)),
    entry(path) {
      const entry = look(ownPlaceOf(path));
      return entry && entry.path !== path ? { ...entry, path } : entry;
    },
  };
}

/** Where the kernel follows links itself. */
const direct: Locator = { followed: (path) => path, own: (path) => path, entry: (path) => entryAt(path, path) };

/** As node's own: code and path. */
export function resolveError(path: FilePath, resolution: Resolution): NodeJS.ErrnoException {
  const code = resolution.end === 'loop' ? 'ELOOP' : resolution.end === 'missing' ? 'ENOENT' : 'ENOTDIR';
  return systemError(code, path);
}

/** An error as the kernel would give it for a path. */
export function systemError(code: string, path: FilePath): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${showPath(path)}`), { code, path: showPath(path) });
}

async function* entriesOf(
  paths: readonly FilePath[],
  locator: Locator,
  options: EntriesOptions = {},
): AsyncGenerator<AskedEntry> {
  const turn = createTurns(options.signal);
  for (const path of paths) {
    const pause = turn();
    if (pause) await pause;
    const entry = absentIfUnreachable(path, locator);
    yield [path, options.hash ? await hashed(entry, locator, turn) : entry];
  }
}

function absentIfUnreachable(path: FilePath, locator: Locator): FileEntry | undefined {
  try {
    return locator.entry(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

async function hashed(
  entry: FileEntry | undefined,
  locator: Locator,
  turn: () => Promise<void> | undefined,
): Promise<FileEntry | undefined> {
  if (entry?.type !== 'file') return entry;
  try {
    return { ...entry, hash: await hashAt(locator.own(entry.path), turn) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return { ...entry, unreadable: codeOf(error) ?? 'EIO' };
  }
}

async function* walkFrom(
  roots: readonly FilePath[],
  locator: Locator,
  options: WalkOptions = {},
): AsyncGenerator<FileEntry> {
  const excluded = new Set(options.exclude ?? []);
  const turn = createTurns(options.signal);
  const waiting = [...roots].reverse();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const pause = turn();
    if (pause) await pause;
    const found = absentIfUnreachable(path, locator);
    const entry = options.hash ? await hashed(found, locator, turn) : found;
    if (entry === undefined) continue;
    if (entry.type === 'directory' && !excluded.has(path)) {
      const names = tryList(path, locator);
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
  locator: Locator,
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
    const names = listed.get(folder) ?? tryList(folder, locator, leaveOut) ?? [];
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
      const content = read(locator.own(path), () => locator.followed(path));
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
  locator: Locator,
  failed?: (path: FilePath, error: unknown) => void,
): FilePath[] | undefined {
  try {
    return listAt(locator.followed(path));
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

function streamAt(locator: Locator, path: FilePath): Readable {
  try {
    return createReadStream(pathToBytes(locator.followed(path)));
  } catch (error) {
    return new Readable({
      read() {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    });
  }
}
