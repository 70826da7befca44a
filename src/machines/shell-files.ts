import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath, isWithin, joinPath, parentPath, rootPath } from '../model/file-path.js';
import { resolveError } from './disk-files.js';
import { expandGlob, parseGlobs, uniquePaths } from './globs.js';
import type {
  ContentsOptions,
  EntriesOptions,
  FileContent,
  FileView,
  Shell,
  Unreadable,
  WalkOptions,
} from './machine.js';
import { createResolver, type Resolution, type ResolveOptions } from './resolver.js';
import { readContents, type SizedFile } from './shell-contents.js';
import { findBelow, findEntries, hashFiles, type ShellTools } from './shell-find.js';
import { streamFile } from './shell-stream.js';

/**
 * Files that only programs can reach: of a running container, or of a tree whose owners are another mapping's. Links
 * are resolved here, so the tools never follow one; no process for a single file in a batch.
 */
export function shellFileView(
  shell: Pick<Shell, 'spawn'>,
  label = 'the machine',
  prefix: ShellTools['prefix'] = '',
): FileView {
  const tools: ShellTools = { spawn: shell.spawn.bind(shell), label, prefix };
  const place = async (path: FilePath) => {
    const [resolution] = await new Rounds(tools).resolve([path]);
    if (resolution === undefined || resolution.end !== 'found') {
      throw resolveError(path, resolution ?? { path, links: [], end: 'missing' });
    }
    return resolution.path;
  };
  return {
    async lstat(path) {
      for await (const entry of entriesOf(tools, [path])) return entry;
      return undefined;
    },
    async list(path) {
      const names: FilePath[] = [];
      const folder = await place(path);
      for await (const { path: found } of findEntries(tools, [folder], 'contents')) {
        names.push(found.slice(found.lastIndexOf('/') + 1) as FilePath);
      }
      return names.sort(comparePaths);
    },
    async read(path) {
      const found = await place(path);
      const content = (await readFiles(tools, [{ path: found, size: 0 }])).get(found);
      if (content === undefined) throw Object.assign(new Error(`EACCES: ${found}`), { code: 'EACCES' });
      return content;
    },
    stream: (path) => streamFile(tools, () => place(path)),
    entries: (paths, options) => entriesOf(tools, paths, options),
    gather: (globs, signal, unreadable) => gatherFrom(tools, globs, signal, unreadable),
    contents: (paths, options) => contentsOf(tools, paths, options),
    walk: (root, options) => walkFrom(tools, root, options),
  };
}

/**
 * Runs synchronous work over what is known so far, fetches in one go what it asked for in vain, and runs it again:
 * as many processes as links lie behind one another, however many paths there are.
 */
class Rounds {
  private readonly nodes = new Map<FilePath, FileEntry | undefined>();
  private readonly names = new Map<FilePath, FilePath[] | undefined>();
  private readonly wantedNodes = new Set<FilePath>();
  private readonly wantedNames = new Set<FilePath>();

  constructor(
    private readonly tools: ShellTools,
    private readonly signal?: AbortSignal,
  ) {}

  async resolve(paths: readonly FilePath[], options?: ResolveOptions): Promise<Resolution[]> {
    this.node(rootPath);
    for (const path of paths) for (let at = path; at !== '/'; at = parentPath(at)) this.node(at);
    await this.fetch();
    return this.until((resolve) => paths.map((path) => resolve(path, options)));
  }

  async until<T>(work: (resolve: ReturnType<typeof createResolver>) => T): Promise<T> {
    for (;;) {
      const result = work(createResolver((path) => this.node(path)));
      if (this.wantedNodes.size + this.wantedNames.size === 0) return result;
      await this.fetch();
    }
  }

  node(path: FilePath): FileEntry | undefined {
    if (!this.nodes.has(path)) this.wantedNodes.add(path);
    return this.nodes.get(path);
  }

  list(path: FilePath): readonly FilePath[] | undefined {
    if (!this.names.has(path)) this.wantedNames.add(path);
    return this.names.get(path);
  }

  private async fetch(): Promise<void> {
    const [nodes, folders] = [[...this.wantedNodes], [...this.wantedNames]];
    this.wantedNodes.clear();
    this.wantedNames.clear();
    for (const path of nodes) this.nodes.set(path, undefined);
    for (const folder of folders) this.names.set(folder, []);
    for await (const entry of findEntries(this.tools, nodes, 'themselves', this.signal)) {
      this.nodes.set(entry.path, entry);
    }
    for await (const entry of findEntries(this.tools, folders, 'contents', this.signal)) {
      this.nodes.set(entry.path, entry);
      this.names.get(parentPath(entry.path))?.push(entry.path.slice(entry.path.lastIndexOf('/') + 1) as FilePath);
    }
    for (const folder of folders) this.names.get(folder)?.sort(comparePaths);
  }
}

async function* entriesOf(
  tools: ShellTools,
  paths: readonly FilePath[],
  options: EntriesOptions = {},
): AsyncGenerator<FileEntry | undefined> {
  const rounds = new Rounds(tools, options.signal);
  const resolutions = await rounds.resolve(paths, { followLast: false });
  const found = resolutions.map(({ end, path }) => (end === 'found' ? rounds.node(path) : undefined));
  const hashes = options.hash ? await hashesOf(tools, found, options.signal) : undefined;
  for (const [at, path] of paths.entries()) {
    const entry = found[at];
    yield entry && { ...withHash(entry, hashes), path };
  }
}

/** Siblings in byte order, parents first: what a sort gives when `/` comes before every other byte. */
async function* walkFrom(tools: ShellTools, start: FilePath, options: WalkOptions = {}): AsyncGenerator<FileEntry> {
  const { exclude = [], signal } = options;
  const rounds = new Rounds(tools, signal);
  const [root, ...excluded] = await rounds.resolve([start, ...exclude], { followLast: false });
  if (root?.end !== 'found') return;
  const below = excluded.map(({ path }) => path).filter((path) => isWithin(path, root.path));
  const entries: FileEntry[] = [];
  for await (const entry of findBelow(tools, root.path, below, signal)) entries.push(entry);
  const hashes = options.hash ? await hashesOf(tools, entries, signal) : undefined;
  const keys = new Map(entries.map((entry) => [entry, entry.path.replaceAll('/', '\0')]));
  entries.sort((a, b) => comparePaths(keys.get(a) ?? '', keys.get(b) ?? ''));
  for (const entry of entries) {
    const rest = entry.path.slice(root.path === '/' ? 1 : root.path.length + 1);
    yield { ...withHash(entry, hashes), path: joinPath(start, rest) };
  }
}

async function hashesOf(
  tools: ShellTools,
  entries: readonly (FileEntry | undefined)[],
  signal?: AbortSignal,
): Promise<Map<FilePath, string>> {
  const files = entries.flatMap((entry) => (entry?.type === 'file' ? [entry.path] : []));
  return hashFiles(tools, [...new Set(files)], signal);
}

function withHash(entry: FileEntry, hashes: ReadonlyMap<FilePath, string> | undefined): FileEntry {
  if (hashes === undefined || entry.type !== 'file') return entry;
  const hash = hashes.get(entry.path);
  return hash === undefined ? { ...entry, unreadable: 'EACCES' } : { ...entry, hash };
}

async function gatherFrom(
  tools: ShellTools,
  globs: readonly string[],
  signal?: AbortSignal,
  unreadable?: Unreadable,
): Promise<Map<FilePath, Buffer>> {
  const rounds = new Rounds(tools, signal);
  const patterns = parseGlobs(globs);
  const places = await rounds.until((resolve) => {
    const list = (folder: FilePath) => {
      const { end, path } = resolve(folder);
      return end === 'found' ? rounds.list(path) : undefined;
    };
    const matches = patterns.flatMap((parts) => [...expandGlob(parts, list)]);
    return new Map(uniquePaths(matches).map((path) => [path, resolve(path)]));
  });
  const files = [...places].filter(([, { end, path }]) => end === 'found' && rounds.node(path)?.type === 'file');
  const unique = [...new Set(files.map(([, { path }]) => path))].map((path) => ({ path, size: 0 }));
  const contents = await readFiles(tools, unique, signal);
  return new Map(
    files.flatMap(([asked, { path }]) => {
      const content = contents.get(path);
      if (content === undefined) unreadable?.(asked, 'EACCES');
      return content === undefined ? [] : [[asked, content] as const];
    }),
  );
}

async function* contentsOf(
  tools: ShellTools,
  paths: readonly FilePath[],
  options: ContentsOptions = {},
): AsyncGenerator<FileContent> {
  const rounds = new Rounds(tools, options.signal);
  const resolutions = await rounds.resolve(paths);
  /** By place: the paths that lead there. */
  const asked = new Map<FilePath, FilePath[]>();
  const files: SizedFile[] = [];
  for (const [at, { end, path: place }] of resolutions.entries()) {
    const entry = end === 'found' ? rounds.node(place) : undefined;
    const path = paths[at];
    if (entry?.type !== 'file' || path === undefined) continue;
    asked.set(place, [...(asked.get(place) ?? []), path]);
    files.push({ path: place, size: entry.size });
  }
  for await (const { path: place, content } of readContents(tools, files, options)) {
    yield { path: asked.get(place)?.shift() ?? place, content };
  }
}

async function readFiles(
  tools: ShellTools,
  files: readonly SizedFile[],
  signal?: AbortSignal,
): Promise<Map<FilePath, Buffer>> {
  const contents = new Map<FilePath, Buffer>();
  for await (const { path, content } of readContents(tools, files, signal === undefined ? {} : { signal })) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    contents.set(path, Buffer.concat(chunks));
  }
  return contents;
}
