import type { Contents } from '../../archives/contents.js';
import { codeOf } from '../../errors.js';
import { listIfThere } from '../../machines/if-there.js';
import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FileEntry, showMode } from '../../model/file-entry.js';
import { baseName, comparePaths, type FilePath, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { LockedEntry, PythonEnvironment } from './schema.js';
import type { Site } from './site.js';
import { isOwnEntry, ownFolders, type VirtualEnvironment } from './virtual-environment.js';

/** A virtual environment with the folder of its packages, or such a folder alone. */
export interface Environment {
  readonly path: FilePath;
  readonly virtual?: VirtualEnvironment;
  readonly site?: Site;
  readonly interpreter?: FilePath;
}

export interface EnvironmentContext {
  readonly machine: Machine;
  readonly contents: Contents;
  /** Recorded by a package, made by the run, or another distribution's. */
  readonly isElsewhere: (path: FilePath) => boolean;
  readonly signal?: AbortSignal;
}

/** What there is of an environment beside its packages: exactly as it is, so that it need not be made by the same tool. */
export async function lockEnvironment(
  environment: Environment,
  context: EnvironmentContext,
): Promise<{
  readonly locked: PythonEnvironment;
  readonly entries: readonly FileEntry[];
  readonly notes: readonly string[];
}> {
  const { path, virtual, site, interpreter } = environment;
  const notes: string[] = [];
  const entries = await entriesOf(environment, context, (folder, code) =>
    notes.push(`${showPath(folder)} cannot be read (${code}): what the environment has there is not in the spec.`),
  );
  const locked: LockedEntry[] = [];
  for (const entry of entries) locked.push(await lockEntry(entry, context));
  const version = virtual?.version ?? site?.python;
  return {
    entries,
    notes,
    locked: {
      path: showPath(path),
      ...(interpreter ? { interpreter: showPath(interpreter) } : {}),
      ...(version ? { python: version } : {}),
      ...(virtual ? { systemSitePackages: virtual.systemSitePackages } : {}),
      ...(site && virtual ? { site: showPath(site.site) } : {}),
      entries: locked,
      ...(site && site.pathFiles.length > 0 ? { pathFiles: site.pathFiles.map(describePathFile) } : {}),
    },
  };
}

async function entriesOf(
  { path, virtual, site }: Environment,
  context: EnvironmentContext,
  unreadable: Unreadable,
): Promise<FileEntry[]> {
  const { machine, isElsewhere, signal } = context;
  const wanted = new Set<FilePath>();
  for (let at = site?.site ?? path; at !== '/'; at = parentPath(at)) wanted.add(at);
  for (const folder of virtual ? ownFolders(virtual) : []) {
    for (const name of await listIfThere(machine.files, folder, unreadable)) wanted.add(joinPath(folder, name));
  }
  const isPart = (each: FilePath) =>
    !isElsewhere(each) && (!virtual || !each.startsWith(`${path}/`) || isOwnEntry(each, path));
  const found: FileEntry[] = [];
  const asked = [...wanted].filter(isPart).sort(comparePaths);
  for await (const [, entry] of machine.files.entries(asked, signal ? { signal } : {})) {
    if (entry && ['file', 'directory', 'symlink'].includes(entry.type)) found.push(entry);
  }
  return found;
}

async function lockEntry(entry: FileEntry, { machine, contents }: EnvironmentContext): Promise<LockedEntry> {
  const { path, type, mode, uid, gid, mtime, target } = entry;
  const content = type === 'file' ? await keep(path, machine, contents) : undefined;
  return {
    path: showPath(path),
    type: type as LockedEntry['type'],
    mode: showMode(mode),
    ...{ uid, gid, mtime },
    ...(target === undefined ? {} : { target: showPath(target) }),
    ...(content ? { sha256: content.hash } : {}),
  };
}

/** Nothing of a file that this user may not read: the snapshot names it. */
async function keep(path: FilePath, { files }: Machine, contents: Contents) {
  try {
    return await contents.add(files.stream(path));
  } catch (error) {
    if (codeOf(error) === 'EACCES') return undefined;
    throw error;
  }
}

function describePathFile({ path, adds }: Site['pathFiles'][number]) {
  return { name: showPath(baseName(path)), adds: adds.map((line) => showPath(line as FilePath)) };
}
