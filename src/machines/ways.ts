import type { FileEntry, FileKind } from '../model/file-entry.js';
import { type FilePath, normalizePath, parentPath } from '../model/file-path.js';
import type { AskedEntry, FileView } from './machine.js';
import { createResolver, type Node, type Resolution, type ResolveOptions, type Resolver } from './resolver.js';

/** What is at many paths, in any order; one that is not there may be left out. */
export type LookUp<Found extends FileKind = FileEntry> = (
  paths: readonly FilePath[],
  signal?: AbortSignal,
) => Promise<Iterable<readonly [path: FilePath, found: Found | undefined]>>;

export interface WaysOptions<Found extends FileKind = FileEntry> {
  /** What is known to be at places: nothing is asked about those. */
  readonly known?: ReadonlyMap<FilePath, Found> | undefined;
  /** Nothing is asked about such paths: a way that leads there ends there. */
  readonly isOutside?: (path: FilePath) => boolean;
  /** Of what is known to be a regular file nothing is asked either, only of the way to it. */
  readonly isFile?: (path: FilePath) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Where many paths of a machine lead, found with few questions to it; see {@link Ways}. */
export async function resolveMany(
  files: Pick<FileView, 'entries'>,
  paths: Iterable<FilePath>,
  options?: WaysOptions,
): Promise<Ways> {
  const lookUp: LookUp = async (asked, signal) => {
    const found: AskedEntry[] = [];
    for await (const each of files.entries(asked, signal ? { signal } : {})) found.push(each);
    return found;
  };
  const ways = new Ways(lookUp, options);
  await ways.follow([...paths]);
  return ways;
}

/** As {@link resolveMany}, where it is enough to know the kinds of what is there. */
export async function resolveKinds(
  files: Pick<FileView, 'kinds'>,
  paths: Iterable<FilePath>,
  options?: WaysOptions<FileKind>,
): Promise<Ways<FileKind>> {
  const ways = waysOfKinds(files, options);
  await ways.follow([...paths]);
  return ways;
}

/** Ways of a machine that are not followed yet. */
export function waysOfKinds(files: Pick<FileView, 'kinds'>, options?: WaysOptions<FileKind>): Ways<FileKind> {
  return new Ways((paths, signal) => files.kinds(paths, signal ? { signal } : {}), options);
}

/**
 * What was found at the places that paths lead through. All that can be needed is asked for in one go, then what the
 * links among it lead to: as many questions as links lie behind one another, however many paths there are.
 */
export class Ways<Found extends FileKind = FileEntry> {
  readonly #lookUp: LookUp<Found>;
  readonly #known: ReadonlyMap<FilePath, Found>;
  readonly #isOutside: (path: FilePath) => boolean;
  readonly #isFile: (path: FilePath) => boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #entries = new Map<FilePath, Found | undefined>();
  /** Of followed paths, and of others as far as what was asked for them says; else their end is `unknown`. */
  readonly resolve: Resolver = createResolver((path) => {
    const entry = this.entry(path);
    if (entry !== undefined) return entry;
    if (this.#isFile(path)) return knownFile;
    return this.#entries.has(path) || this.#isOutside(path) ? undefined : 'unknown';
  });

  constructor(
    lookUp: LookUp<Found>,
    { known = new Map(), isOutside = () => false, isFile = () => false, signal }: WaysOptions<Found> = {},
  ) {
    this.#lookUp = lookUp;
    this.#known = known;
    this.#isOutside = isOutside;
    this.#isFile = isFile;
    this.#signal = signal;
  }

  /** All that was looked at, also beyond the ways; undefined where nothing is. */
  get entries(): ReadonlyMap<FilePath, Found | undefined> {
    return this.#entries;
  }

  /** The entry at a place that a resolution gave; undefined where nothing is. */
  entry(place: FilePath): Found | undefined {
    return this.#entries.get(place) ?? this.#known.get(place);
  }

  /** Whether a path is known to lie where it says, and to be no link: it needs no looking up. */
  isPlace(path: FilePath): boolean {
    const type = this.#known.get(path)?.type;
    return type !== undefined && type !== 'symlink';
  }

  /** Looks up the way of every path and gives its end, in the order asked. */
  async follow(paths: readonly FilePath[], options?: ResolveOptions): Promise<Resolution[]> {
    await this.#ask(paths);
    const ends = paths.map((path) => this.resolve(path, options));
    for (;;) {
      const open: number[] = [];
      for (let at = 0; at < ends.length; at++) if (ends[at]?.end === 'unknown') open.push(at);
      if (open.length === 0) return ends;
      await this.#ask(open.map((at) => (ends[at] as Resolution).path));
      for (const at of open) ends[at] = this.resolve(paths[at] as FilePath, options);
    }
  }

  /** Adds what is known from elsewhere, at its place. */
  add(entry: Found): void {
    this.#entries.set(entry.path, entry);
  }

  /** Asks for the paths and all their parents, as far as they were not asked for yet. */
  async #ask(paths: readonly FilePath[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const asked: FilePath[] = [];
    for (const path of paths) {
      let isInside = false;
      for (
        let at = this.#isFile(path) ? parentPath(path) : withoutDots(path);
        !this.#entries.has(at) && !this.#known.has(at);
        at = parentPath(at)
      ) {
        isInside ||= !this.#isOutside(at);
        if (!isInside) continue;
        this.#entries.set(at, undefined);
        asked.push(at);
      }
    }
    if (asked.length === 0) return;
    for (const [path, entry] of await this.#lookUp(asked, this.#signal)) this.#entries.set(path, entry);
  }
}

const knownFile: Node = { type: 'file' };

/** What lies behind a `..` shows only when the way to it is known. */
function withoutDots(path: FilePath): FilePath {
  const up = path.includes('/..') ? path.search(/\/\.\.(?:\/|$)/) : -1;
  return up < 0 ? normalizePath(path) : up === 0 ? ('/' as FilePath) : normalizePath(path.slice(0, up) as FilePath);
}
