import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { codeOf } from '../../errors.js';
import { debug } from '../../log.js';
import type { FileEntry, FileKind } from '../../model/file-entry.js';
import { type FilePath, joinPath, nodePath, showPath } from '../../model/file-path.js';
import { matchGlobs, parseGlobs } from '../globs.js';
import type {
  AskedEntry,
  AskedKind,
  EntriesOptions,
  FileView,
  KindsOptions,
  Unreadable,
  WalkKindsOptions,
  WalkOptions,
} from '../machine.js';
import { createTurns } from '../turns.js';
import { createReader, readContents, readPart } from './content.js';
import { hashAt, namesIn } from './entry.js';
import { kindsIn } from './kinds.js';
import { absentIfUnreachable, createLocator, directLocator, type Locator } from './locator.js';

/**
 * Files below a folder of this machine (`/`: the machine itself, where the kernel follows links). Synchronous calls in
 * batches: a stat costs microseconds, a trip through the thread pool many times that.
 */
export function diskFiles(root: FilePath): FileView {
  const locator = (): Locator => (root === '/' ? directLocator : createLocator(root));
  return {
    async lstat(path) {
      return locator().entry(path);
    },
    async list(path) {
      return namesIn(locator().followed(path));
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
    kinds: (paths, options) => kindsOf(paths, locator(), options),
    gather: (globs, signal, unreadable) => gatherFrom(globs, locator(), signal, unreadable),
    contents: (paths, options) => readContents(paths, locator().followed, options),
    walk: (start, options) => walkFrom(typeof start === 'string' ? [start] : start, locator(), options),
    walkKinds: (start, options) => walkKindsFrom(typeof start === 'string' ? [start] : start, locator(), options),
  };
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
    const entry = absentIfUnreachable(path, locator.entry);
    yield [path, options.hash ? await hashed(entry, locator, turn) : entry];
  }
}

async function kindsOf(
  paths: readonly FilePath[],
  locator: Locator,
  { signal }: KindsOptions = {},
): Promise<AskedKind[]> {
  const turn = createTurns(signal);
  const kinds: AskedKind[] = [];
  for (const path of paths) {
    const pause = turn();
    if (pause) await pause;
    kinds.push([path, absentIfUnreachable(path, locator.kind)]);
  }
  return kinds;
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
    const found = absentIfUnreachable(path, locator.entry);
    const entry = options.hash ? await hashed(found, locator, turn) : found;
    if (entry === undefined) continue;
    if (entry.type === 'directory' && !excluded.has(path)) {
      const names = tryIn(path, (folder) => namesIn(locator.followed(folder)));
      if (names === undefined) {
        yield { ...entry, unreadable: 'EACCES' };
        continue;
      }
      for (const name of names.reverse()) waiting.push(joinPath(path, name));
    }
    yield entry;
  }
}

async function* walkKindsFrom(
  roots: readonly FilePath[],
  locator: Locator,
  { exclude = [], signal }: WalkKindsOptions = {},
): AsyncGenerator<readonly FileKind[]> {
  const excluded = new Set(exclude);
  const turn = createTurns(signal);
  const waiting: FilePath[] = [];
  let kinds = roots.flatMap((root) => absentIfUnreachable(root, locator.kind) ?? []);
  for (;;) {
    yield kinds;
    for (const { path, type } of kinds) if (type === 'directory' && !excluded.has(path)) waiting.push(path);
    const folder = waiting.pop();
    if (folder === undefined) return;
    const pause = turn();
    if (pause) await pause;
    kinds = tryIn(folder, (each) => kindsIn(locator.followed(each), each)) ?? [];
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
  const list = (folder: FilePath): FilePath[] => {
    const names = listed.get(folder) ?? tryIn(folder, (each) => namesIn(locator.followed(each)), leaveOut) ?? [];
    listed.set(folder, names);
    return names;
  };
  const read = createReader(1024 * 1024);
  const gathered = new Map<FilePath, Buffer>();
  for (const path of matchGlobs(parseGlobs(globs), list)) {
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

/** What a folder holds, where it can be listed. */
function tryIn<Held>(
  folder: FilePath,
  list: (folder: FilePath) => Held,
  failed?: (folder: FilePath, error: unknown) => void,
): Held | undefined {
  try {
    return list(folder);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    failed?.(folder, error);
    return undefined;
  }
}

function streamAt(locator: Locator, path: FilePath): Readable {
  try {
    return createReadStream(nodePath(locator.followed(path)));
  } catch (error) {
    return new Readable({
      read() {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    });
  }
}
