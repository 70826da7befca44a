import type { Machine, WalkKindsOptions } from '../machines/machine.js';
import type { SeenEntries } from '../machines/seen-files.js';
import { resolveKinds, resolveMany, type Ways } from '../machines/ways.js';
import type { Access, Use } from '../model/access.js';
import { type FileEntry, type FileKind, isWhole } from '../model/file-entry.js';
import { type FilePath, isWithin, outermost } from '../model/file-path.js';
import { isKernelPath, kernelFolders } from '../model/kernel-path.js';

/** Paths as if a run had used them, with what was seen of them. */
export interface FoundPaths {
  readonly accesses: readonly Access[];
  readonly seen: SeenEntries;
}

/** Looks at paths, and at all that lies below those that are folders: two passes over the machine, however many. */
export async function lookAt(
  { files }: Machine,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<FoundPaths> {
  const ways = await resolveMany(files, paths, { signal });
  return collect(paths, ways, (folders, options) => onePieceEach(files.walk(folders, options)), signal);
}

/** As {@link lookAt}, no closer than to see what kind of thing is there: enough to say what it belongs to. */
export async function lookAtKinds(
  { files }: Machine,
  paths: readonly FilePath[],
  signal?: AbortSignal,
): Promise<FoundPaths> {
  const ways = await resolveKinds(files, paths, { signal });
  return collect(paths, ways, (folders, options) => files.walkKinds(folders, options), signal);
}

type Walk = (folders: readonly FilePath[], options: WalkKindsOptions) => AsyncIterable<readonly FileKind[]>;

async function* onePieceEach(entries: AsyncIterable<FileEntry>): AsyncGenerator<readonly FileEntry[]> {
  for await (const entry of entries) yield [entry];
}

async function collect(
  paths: readonly FilePath[],
  ways: Ways<FileKind>,
  walk: Walk,
  signal: AbortSignal | undefined,
): Promise<FoundPaths> {
  const asked = new Set(paths);
  const folders: FilePath[] = [];
  for (const path of asked) {
    const { end, path: place } = ways.resolve(path);
    if (end === 'found' && ways.entry(place)?.type === 'directory') folders.push(place);
  }
  const found: FilePath[] = [];
  const entries = new Map<FilePath, FileKind>();
  for (const [path, entry] of ways.entries)
    if (entry && ways.resolve(path, { followLast: false }).path === path) entries.set(path, entry);
  const exclude = kernelFolders.filter((path) => folders.some((folder) => isWithin(path, folder)));
  const walked = outermost(folders);
  for await (const piece of walk(walked, { exclude, ...(signal ? { signal } : {}) })) {
    for (const entry of piece) {
      entries.set(entry.path, entry);
      if (asked.size > 0) asked.delete(entry.path);
      if (!isKernelPath(entry.path)) found.push(entry.path);
    }
  }
  // Latin1 views are in byte order when they are in that of their units: sorting them as text is the fastest.
  const isAlone = (path: FilePath): boolean => asked.size > 0 && asked.has(path);
  const accesses = found
    .concat([...asked])
    .sort()
    .map((path): Access => {
      return isAlone(path) ? accessTo(path, ways) : { path, uses: usesOf(entries.get(path)) };
    });
  return { accesses, seen: { entries, walked } };
}

/** Of what a path leads to, or else of the link that leads nowhere. */
function accessTo(path: FilePath, ways: Ways<FileKind>): Access {
  const { end, path: resolved } = ways.resolve(path);
  if (end === 'found') return { path, ...(resolved === path ? {} : { resolved }), uses: usesOf(ways.entry(resolved)) };
  const own = ways.resolve(path, { followLast: false });
  return { path, uses: usesOf(own.end === 'found' ? ways.entry(own.path) : undefined) };
}

const absent: readonly Use[] = ['absent'];
const examined: readonly Use[] = ['examined'];
const read: readonly Use[] = ['read'];
const executed: readonly Use[] = ['read', 'executed'];

/** What a run that needs it would do with it. */
function usesOf(entry: FileKind | undefined): readonly Use[] {
  if (entry === undefined) return absent;
  if (entry.type !== 'file') return examined;
  return isWhole(entry) && (entry.mode & 0o111) !== 0 ? executed : read;
}
