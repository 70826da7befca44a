import type { FileEntry } from '../model/file-entry.js';
import { baseName, comparePaths, type FilePath, isWithin, joinPath, parentPath } from '../model/file-path.js';
import type { FileSource, SizedFile } from './file-source.js';
import { matchGlobs, parseGlobs } from './globs.js';
import type {
  AskedEntry,
  ContentsOptions,
  EntriesOptions,
  FileContent,
  FileView,
  Unreadable,
  WalkOptions,
} from './machine.js';
import type { Resolution } from './resolver.js';
import { largestWhole, resolveError, systemError } from './system-errors.js';
import { Ways } from './ways.js';

/** The view over a source, which knows places only: links are resolved here, and what is asked together is had together. */
export function sourceFiles(source: FileSource): FileView {
  const placeOf = async (path: FilePath): Promise<FileEntry> => {
    const ways = waysOn(source);
    const [resolution = { path, links: [], end: 'missing' as const }] = await ways.follow([path]);
    const entry = resolution.end === 'found' ? ways.entry(resolution.path) : undefined;
    if (entry === undefined) throw resolveError(path, resolution);
    return entry;
  };
  const contentPlaceOf = async (path: FilePath): Promise<FileEntry> => {
    const entry = await placeOf(path);
    if (entry.type === 'directory') throw systemError('EISDIR', path);
    return entry;
  };
  return {
    async lstat(path) {
      for await (const [, entry] of entriesOf(source, [path])) return entry;
      return undefined;
    },
    async list(path) {
      const folder = await placeOf(path);
      if (folder.type !== 'directory') throw systemError('ENOTDIR', path);
      const names: FilePath[] = [];
      for await (const { path: found } of source.inside([folder.path])) names.push(baseName(found));
      return names.sort(comparePaths);
    },
    async read(path) {
      const file = await contentPlaceOf(path);
      if (file.type !== 'file') throw systemError('EINVAL', path);
      const content = (await readFiles(source, [file])).get(file.path);
      if (content === undefined) throw systemError('EACCES', path);
      return content;
    },
    stream: (path) => source.stream(async () => (await contentPlaceOf(path)).path),
    entries: (paths, options) => entriesOf(source, paths, options),
    async kinds(paths, options) {
      const kinds: AskedEntry[] = [];
      for await (const asked of entriesOf(source, paths, options)) kinds.push(asked);
      return kinds;
    },
    gather: (globs, signal, unreadable) => gatherFrom(source, globs, signal, unreadable),
    contents: (paths, options) => contentsOf(source, paths, options),
    walk: (root, options) => walkFrom(source, typeof root === 'string' ? [root] : root, options),
    async *walkKinds(root, options) {
      const entries: FileEntry[] = [];
      for await (const entry of walkFrom(source, typeof root === 'string' ? [root] : root, options))
        entries.push(entry);
      yield entries;
    },
  };
}

/** Nothing is known yet; a question is one process, however many paths it is about. */
function waysOn(source: FileSource, signal?: AbortSignal): Ways {
  const lookUp = async (places: readonly FilePath[]) => {
    const found: AskedEntry[] = [];
    for await (const entry of source.entries(places, signal)) found.push([entry.path, entry]);
    return found;
  };
  return new Ways(lookUp, { signal });
}

async function* entriesOf(
  source: FileSource,
  paths: readonly FilePath[],
  options: EntriesOptions = {},
): AsyncGenerator<AskedEntry> {
  const ways = waysOn(source, options.signal);
  const resolutions = await ways.follow(paths, { followLast: false });
  const found = resolutions.map(({ end, path }) => (end === 'found' ? ways.entry(path) : undefined));
  const hashes = options.hash ? await hashesOf(source, found, options.signal) : undefined;
  for (const [at, path] of paths.entries()) {
    const entry = found[at];
    yield [path, entry && { ...withHash(entry, hashes), path }];
  }
}

/** Siblings in byte order, parents first: what a sort gives when `/` comes before every other byte. */
async function* walkFrom(
  source: FileSource,
  starts: readonly FilePath[],
  options: WalkOptions = {},
): AsyncGenerator<FileEntry> {
  const { exclude = [], signal } = options;
  const ways = waysOn(source, signal);
  const found = await ways.follow([...starts, ...exclude], { followLast: false });
  const roots = found.slice(0, starts.length).filter(({ end }) => end === 'found');
  const places = roots.map(({ path }) => path);
  const excluded = found.slice(starts.length).map(({ path }) => path);
  const pruned = excluded.filter((path) => places.some((place) => isWithin(path, place)));
  const entries: FileEntry[] = [];
  for await (const entry of source.below(places, pruned, signal)) entries.push(entry);
  const hashes = options.hash ? await hashesOf(source, entries, signal) : undefined;
  const keys = new Map(entries.map((entry) => [entry, entry.path.replaceAll('/', '\0')]));
  entries.sort((a, b) => comparePaths(keys.get(a) ?? '', keys.get(b) ?? ''));
  const sorted = new Map<FilePath, FileEntry[]>(places.map((place) => [place, []]));
  for (const entry of entries) sorted.get(rootOf(entry.path, sorted))?.push(entry);
  for (const [at, start] of starts.entries()) {
    const place = found[at]?.path ?? start;
    for (const entry of sorted.get(place) ?? []) {
      const rest = entry.path.slice(place === '/' ? 1 : place.length + 1);
      yield { ...withHash(entry, hashes), path: joinPath(start, rest) };
    }
  }
}

/** Which of the places a path lies in. */
function rootOf(path: FilePath, places: ReadonlyMap<FilePath, unknown>): FilePath {
  let at = path;
  while (at !== '/' && !places.has(at)) at = parentPath(at);
  return at;
}

async function hashesOf(
  source: FileSource,
  entries: readonly (FileEntry | undefined)[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<FilePath, string>> {
  const files = new Map(entries.flatMap((entry) => (entry?.type === 'file' ? [[entry.path, entry] as const] : [])));
  return source.hashes([...files.values()], signal);
}

function withHash(entry: FileEntry, hashes: ReadonlyMap<FilePath, string> | undefined): FileEntry {
  if (hashes === undefined || entry.type !== 'file') return entry;
  const hash = hashes.get(entry.path);
  return hash === undefined ? { ...entry, unreadable: 'EACCES' } : { ...entry, hash };
}

async function gatherFrom(
  source: FileSource,
  globs: readonly string[],
  signal?: AbortSignal,
  unreadable?: Unreadable,
): Promise<Map<FilePath, Buffer>> {
  const ways = waysOn(source, signal);
  const matches = await matchesOf(source, globs, ways, signal);
  const places = await ways.follow(matches);
  const files = matches.flatMap((asked, at) => {
    const { end, path } = places[at] as Resolution;
    const file = end === 'found' ? ways.entry(path) : undefined;
    const isTooLarge = file?.type === 'file' && file.size > largestWhole;
    if (file?.type === 'fifo') unreadable?.(asked, 'EAGAIN');
    if (isTooLarge) unreadable?.(asked, 'EFBIG');
    return file?.type === 'file' && !isTooLarge ? [{ asked, file }] : [];
  });
  const contents = await readFiles(source, [...new Set(files.map(({ file }) => file))], signal);
  return new Map(
    files.flatMap(({ asked, file }) => {
      const content = contents.get(file.path);
      if (content === undefined) unreadable?.(asked, 'EACCES');
      return content === undefined ? [] : [[asked, content] as const];
    }),
  );
}

/** Runs the globs over what is known so far, lists in one go the folders that they ask for in vain, and runs them again. */
async function matchesOf(
  source: FileSource,
  globs: readonly string[],
  ways: Ways,
  signal?: AbortSignal,
): Promise<FilePath[]> {
  const patterns = parseGlobs(globs);
  const listed = new Map<FilePath, FilePath[]>();
  for (;;) {
    const unlisted = new Set<FilePath>();
    const namesIn = (folder: FilePath) => {
      const { end, path } = ways.resolve(folder);
      const names = end === 'found' ? listed.get(path) : undefined;
      if (end === 'unknown' || (end === 'found' && names === undefined)) unlisted.add(folder);
      return names;
    };
    const matches = matchGlobs(patterns, namesIn);
    if (unlisted.size === 0) return matches;
    const folders = new Set<FilePath>();
    for (const { end, path } of await ways.follow([...unlisted])) if (end === 'found') folders.add(path);
    for (const folder of folders) listed.set(folder, []);
    for await (const entry of source.inside([...folders], signal)) {
      ways.add(entry);
      listed.get(parentPath(entry.path))?.push(baseName(entry.path));
    }
    for (const folder of folders) listed.get(folder)?.sort(comparePaths);
  }
}

async function* contentsOf(
  source: FileSource,
  paths: readonly FilePath[],
  options: ContentsOptions = {},
): AsyncGenerator<FileContent> {
  const ways = waysOn(source, options.signal);
  const resolutions = await ways.follow(paths);
  /** By place: the paths that lead there. */
  const asked = new Map<FilePath, FilePath[]>();
  const files: SizedFile[] = [];
  for (const [at, { end, path: place }] of resolutions.entries()) {
    const entry = end === 'found' ? ways.entry(place) : undefined;
    const path = paths[at];
    if (entry?.type !== 'file' || path === undefined) continue;
    asked.set(place, [...(asked.get(place) ?? []), path]);
    files.push({ path: place, size: entry.size });
  }
  for await (const { path: place, content } of source.contents(files, options)) {
    yield { path: asked.get(place)?.shift() ?? place, content };
  }
}

async function readFiles(
  source: FileSource,
  files: readonly SizedFile[],
  signal?: AbortSignal,
): Promise<Map<FilePath, Buffer>> {
  const contents = new Map<FilePath, Buffer>();
  for await (const { path, content } of source.contents(files, signal === undefined ? {} : { signal })) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    contents.set(path, Buffer.concat(chunks));
  }
  return contents;
}
