import type { Machine } from '../machines/machine.js';
import { resolveMany, type Ways } from '../machines/ways.js';
import { type Access, hasChanged, type Use } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';

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
  /** Links that the run itself made or changed. */
  readonly madeLinks: ReadonlyMap<FilePath, FileEntry>;
  /** Every entry that was looked at, also those that led to nothing. */
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
  /** Folders in which the run found or changed something that is not the host's. */
  readonly folders: ReadonlySet<FilePath>;
  /** Where a path of the trace ends up. */
  readonly resolved: ReadonlyMap<FilePath, FilePath>;
  readonly owners: ReadonlyMap<FilePath, Owner>;
}

/** Looks at every path of the accesses and at all that they lead through, in few passes over the machine. */
export async function surveyAccesses(
  machine: Machine,
  accesses: readonly Access[],
  owners: ReadonlyMap<FilePath, Owner>,
  signal?: AbortSignal,
): Promise<Survey> {
  const relevant = accesses.filter(({ path }) => path.startsWith('/') && !isKernelPath(path));
  const paths = relevant.map(({ path }) => path);
  const ways = await resolveMany(machine.files, paths, { isOutside: isKernelPath, signal });
  return collect(relevant, ways, owners);
}

function collect(accesses: readonly Access[], ways: Ways, owners: ReadonlyMap<FilePath, Owner>): Survey {
  const subjects = new Map<FilePath, Subject & { uses: Set<Use> }>();
  const links = new Map<FilePath, FileEntry>();
  const madeLinks = new Map<FilePath, FileEntry>();
  const folders = new Set<FilePath>();
  const resolved = new Map<FilePath, FilePath>();
  for (const access of accesses) {
    const resolution = ways.resolve(access.path);
    const own = ways.resolve(access.path, { followLast: false });
    const isOfHost = (owners.get(access.path) ?? owners.get(own.path))?.state === 'host-bound';
    if (!isOfHost && (own.end === 'found' || hasChanged(access))) {
      const folder = ways.resolve(parentPath(own.path));
      if (folder.end === 'found') folders.add(folder.path);
    }
    // What only leads to where nothing was found is no part of the environment: without it nothing is found either.
    if (own.end !== 'found') continue;
    const ofLink = isOfLink(access, ways.entry(own.path));
    for (const { path } of ofLink ? own.links : resolution.links) {
      const link = ways.entry(path);
      if (link) links.set(path, link);
    }
    if (ofLink) {
      const link = ways.entry(own.path);
      if (link) madeLinks.set(own.path, link);
      continue;
    }
    const entry = resolution.end === 'found' ? ways.entry(resolution.path) : undefined;
    if (entry === undefined) continue;
    resolved.set(access.path, resolution.path);
    const known = subjects.get(resolution.path);
    const before = known?.before ?? access.before;
    subjects.set(resolution.path, {
      path: resolution.path,
      entry,
      uses: new Set([...(known?.uses ?? []), ...access.uses]),
      before,
      owner: known?.owner ?? ownerOfAccess(access.path, resolution.path, owners),
    });
  }
  const entries = new Map<FilePath, FileEntry>();
  for (const [path, entry] of ways.entries) if (entry) entries.set(path, entry);
  return { subjects, links, madeLinks, entries, folders, resolved, owners };
}

/**
 * Whose it is what was used by a path that leads to `place`: the owner of what lies there, not of a link to it. What the
 * host supplies under a name is the host's wherever that leads.
 */
export function ownerOfAccess(
  path: FilePath,
  place: FilePath,
  owners: ReadonlyMap<FilePath, Owner>,
): Owner | undefined {
  const asked = owners.get(path);
  return asked?.state === 'host-bound' ? asked : (owners.get(place) ?? asked);
}

/** Whether the run made or changed the link at the path itself; what it leads to is another access. */
function isOfLink(access: Access, entry: FileEntry | undefined): boolean {
  return entry?.type === 'symlink' && access.resolved === undefined && hasChanged(access);
}
