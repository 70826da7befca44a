import type { Machine } from '../../machines/machine.js';
import { createResolver } from '../../machines/resolver.js';
import type { Access, Use } from '../../model/access.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, normalizePath, parentPath } from '../../model/file-path.js';
import { isKernelPath } from '../../model/kernel-path.js';
import type { Owner } from '../../model/owner.js';

/** One thing on the machine that the run used, under the path where it really is. */
export interface Subject {
  readonly path: FilePath;
  readonly entry: FileEntry;
  readonly uses: ReadonlySet<Use>;
  readonly before: Access['before'];
  readonly owner: Owner | undefined;
}

/** What is now at the paths of a trace. */
export interface Survey {
  /** By real path: files, folders and special files. */
  readonly subjects: ReadonlyMap<FilePath, Subject>;
  /** Links that paths led through to something, and links that lead nowhere and were used themselves. */
  readonly links: ReadonlyMap<FilePath, FileEntry>;
  /** Every entry that was looked at, also those that led to nothing. */
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
  /** Folders in which the run found or changed something. */
  readonly folders: ReadonlySet<FilePath>;
  /** Where a path of the trace ends up. */
  readonly resolved: ReadonlyMap<FilePath, FilePath>;
  readonly owners: ReadonlyMap<FilePath, Owner>;
}

/** As many rounds as a chain of links can be long, and some. */
const roundLimit = 60;

/** Looks at every path of the accesses and at all that they lead through, in few passes over the machine. */
export async function surveyAccesses(
  machine: Machine,
  accesses: readonly Access[],
  owners: ReadonlyMap<FilePath, Owner>,
  signal?: AbortSignal,
): Promise<Survey> {
  const relevant = accesses.filter(({ path }) => path.startsWith('/') && !isKernelPath(path));
  const nodes = new Map<FilePath, FileEntry | undefined>();
  let wanted = prefixesOf(relevant.map(({ path }) => path));
  for (let round = 0; wanted.size > 0 && round < roundLimit; round++) {
    await fetchEntries(machine, [...wanted], nodes, signal);
    wanted = missingNodes(relevant, nodes);
  }
  return collect(relevant, nodes, owners);
}

async function fetchEntries(
  machine: Machine,
  paths: readonly FilePath[],
  into: Map<FilePath, FileEntry | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  let index = 0;
  for await (const entry of machine.files.entries(paths, signal ? { signal } : {})) {
    const path = paths[index++];
    if (path !== undefined) into.set(path, entry);
  }
}

function missingNodes(accesses: readonly Access[], nodes: ReadonlyMap<FilePath, FileEntry | undefined>) {
  const missing = new Set<FilePath>();
  const resolve = createResolver((path) => {
    if (!nodes.has(path) && !isKernelPath(path)) missing.add(path);
    return nodes.get(path);
  });
  for (const { path } of accesses) resolve(path);
  return missing;
}

function collect(
  accesses: readonly Access[],
  nodes: ReadonlyMap<FilePath, FileEntry | undefined>,
  owners: ReadonlyMap<FilePath, Owner>,
): Survey {
  const resolve = createResolver((path) => nodes.get(path));
  const subjects = new Map<FilePath, Subject & { uses: Set<Use> }>();
  const links = new Map<FilePath, FileEntry>();
  const folders = new Set<FilePath>();
  const resolved = new Map<FilePath, FilePath>();
  for (const access of accesses) {
    const resolution = resolve(access.path);
    const own = resolve(access.path, { followLast: false });
    if (own.end === 'found' || hasChanged(access)) {
      const folder = resolve(parentPath(own.path));
      if (folder.end === 'found') folders.add(folder.path);
    }
    // What only leads to where nothing was found is no part of the environment: without it nothing is found either.
    if (own.end !== 'found') continue;
    const ofLink = isOfLink(access, nodes.get(own.path));
    for (const { path } of ofLink ? own.links : resolution.links) {
      const link = nodes.get(path);
      if (link) links.set(path, { ...link, path });
    }
    if (ofLink) continue;
    const entry = resolution.end === 'found' ? nodes.get(resolution.path) : undefined;
    if (entry === undefined) continue;
    resolved.set(access.path, resolution.path);
    const known = subjects.get(resolution.path);
    const before = known?.before ?? access.before;
    subjects.set(resolution.path, {
      path: resolution.path,
      entry: { ...entry, path: resolution.path },
      uses: new Set([...(known?.uses ?? []), ...access.uses]),
      before,
      owner: owners.get(resolution.path) ?? known?.owner ?? owners.get(access.path),
    });
  }
  const entries = new Map<FilePath, FileEntry>();
  for (const [path, entry] of nodes) if (entry) entries.set(path, { ...entry, path });
  return { subjects, links, entries, folders, resolved, owners };
}

/** Whether the run made or changed the link at the path itself; what it leads to is another access. */
function isOfLink(access: Access, entry: FileEntry | undefined): boolean {
  return entry?.type === 'symlink' && access.resolved === undefined && hasChanged(access);
}

function hasChanged({ uses, before }: Access): boolean {
  return before !== undefined || uses.some((use) => use === 'written' || use === 'created' || use === 'removed');
}

function prefixesOf(paths: readonly FilePath[]): Set<FilePath> {
  const prefixes = new Set<FilePath>();
  for (const path of paths) {
    for (let at = normalizePath(path); !prefixes.has(at); at = parentPath(at)) prefixes.add(at);
  }
  return prefixes;
}
