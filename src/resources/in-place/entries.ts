import { loadBases } from '../../distributions/base-of.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import {
  comparePaths,
  type FilePath,
  joinPath,
  normalizePath,
  parentPath,
  pathFromText,
  rootPath,
} from '../../model/file-path.js';
import { recordedRuns } from '../../proof/verify.js';
import type { Specification } from '../../spec/specification.js';

/** As many links one after the other as the kernel follows: path_resolution(7). */
const mostLinks = 40;

/** The kernel's own file systems hide the folders that they are mounted on: that these are folders is all that can be seen. */
const mountPoints: ReadonlySet<string> = new Set(['/dev', '/proc', '/run', '/sys']);

/** What a host has at the paths that its environment is compared by: those of the snapshot, and those that runs used. */
export async function* environmentEntries(
  spec: Specification,
  snapshot: FilesystemTrie<FileEntry>,
  { files }: Machine,
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const asked = new Set<FilePath>();
  const links = new Map<FilePath, FilePath>();
  let next = await pathsOf(spec, snapshot);
  for (let round = 0; next.length > 0 && round <= mostLinks; round++) {
    const paths = withParents(next, asked);
    next = [];
    for await (const [path, entry] of files.entries(paths, { hash: true, ...(signal && { signal }) })) {
      const behind = throughLink(path, links);
      // The entry is where the link leads.
      if (behind) next.push(behind);
      if (!entry || behind) continue;
      if (entry.type === 'symlink' && entry.target !== undefined) {
        links.set(path, targetOf(path, entry.target));
        next.push(targetOf(path, entry.target));
      }
      const recorded = mountPoints.has(path) ? snapshot.entry(path) : undefined;
      yield recorded?.type === entry.type ? { ...entry, ...accessOf(recorded, entry) } : entry;
    }
  }
}

function accessOf(
  recorded: Partial<FileEntry>,
  { mode, uid, gid }: FileEntry,
): Pick<FileEntry, 'mode' | 'uid' | 'gid'> {
  return { mode: recorded.mode ?? mode, uid: recorded.uid ?? uid, gid: recorded.gid ?? gid };
}

async function pathsOf(spec: Specification, snapshot: FilesystemTrie<FileEntry>): Promise<FilePath[]> {
  const runs = await recordedRuns(spec);
  const databases = (await loadBases()).flatMap(({ base }) => base.files.filter((file) => !/[*?[]/.test(file)));
  return [
    ...[...snapshot].map(({ path }) => path),
    ...runs.flatMap(({ trace }) => trace.accesses.map(({ path }) => path)),
    ...databases.map(pathFromText),
  ];
}

/** Those that were not asked for yet, parents first. */
function withParents(paths: readonly FilePath[], asked: Set<FilePath>): FilePath[] {
  const fresh: FilePath[] = [];
  for (const path of paths) {
    for (let at = path; !asked.has(at); at = parentPath(at)) {
      asked.add(at);
      fresh.push(at);
    }
  }
  return fresh.sort(comparePaths);
}

/** The path with the first link on its way replaced; undefined where there is none. */
function throughLink(path: FilePath, links: ReadonlyMap<FilePath, FilePath>): FilePath | undefined {
  for (let at = parentPath(path); at !== rootPath; at = parentPath(at)) {
    const target = links.get(at);
    if (target !== undefined) return normalizePath(joinPath(target, path.slice(at.length + 1)));
  }
  return undefined;
}

function targetOf(path: FilePath, target: FilePath): FilePath {
  return normalizePath(target.startsWith('/') ? target : joinPath(parentPath(path), target));
}
