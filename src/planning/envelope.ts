import { ReproError } from '../errors.js';
import type { Sha256 } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import {
  baseName,
  comparePaths,
  type FilePath,
  isWithin,
  joinPath,
  normalizePath,
  parentPath,
  parsePath,
  rootPath,
  showPath,
} from '../model/file-path.js';
import type { DirectoryStep, LinkStep, RemoveStep, Step, WriteStep } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest, ManifestFile, ManifestRun } from '../spec/document/schema.js';
import { isBaseFolder, isGoneAtStart, isMountedAtRun } from './known-folders.js';

/** What of the traced snapshot the envelope needs: folders and links, and what is carried. */
export type KnownEntries = ReadonlyMap<FilePath, FileEntry>;

/** In a tree that is carried lie files of packages too: the spec does not keep their content, the packages bring it. */
export async function gatherKnown(
  manifest: Manifest,
  snapshot: AsyncIterable<FileEntry>,
  isKept: (hash: Sha256) => boolean = () => true,
): Promise<KnownEntries> {
  const carried = new Set<FilePath>();
  for (const file of manifest.files) carried.add(documentPath(file.path));
  for (const input of manifest.runs.flatMap(({ inputs }) => inputs)) carried.add(documentPath(input.path));
  const trees = carriedTrees(manifest);
  const known = new Map<FilePath, FileEntry>();
  for await (const entry of snapshot) {
    const wanted =
      entry.type === 'directory' ||
      entry.type === 'symlink' ||
      carried.has(entry.path) ||
      (trees.some((tree) => isWithin(entry.path, tree)) && (entry.hash === undefined || isKept(entry.hash)));
    if (wanted) known.set(entry.path, entry);
  }
  return known;
}

/**
 * The steps that put the carried files, the working directories and the outputs' folders in place. `made` has for each
 * run, by its id, what it or an earlier one makes: that is left to the runs.
 */
export function envelopeSteps(
  manifest: Manifest,
  known: KnownEntries,
  epoch: number,
  made: ReadonlyMap<string, ReadonlySet<FilePath>> = new Map(),
): Step[] {
  const folders = new Map<FilePath, DirectoryStep>();
  const links = new Map<FilePath, LinkStep>();
  const files = new Map<FilePath, WriteStep>();

  /** Makes the folder and all above it, through the links of the traced machine; gives its real path. */
  function folder(path: FilePath, reason: string, owner = { uid: 0, gid: 0 }, hops = 0): FilePath {
    let at = rootPath;
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      const child = joinPath(at, part);
      const entry = known.get(child);
      if (entry?.type === 'symlink' && entry.target !== undefined) {
        if (!isBaseFolder(child)) links.set(child, linkStep(entry, `the way to ${showPath(path)}`));
        if (hops > 40) throw tooManyLinks(path);
        const target = normalizePath(joinPath(at, entry.target));
        const rest = parts.slice(index + 1).join('/');
        return folder(joinPath(target, rest), reason, owner, hops + 1);
      }
      if (!isBaseFolder(child) && !isMountedAtRun(child) && !folders.has(child)) {
        folders.set(child, folderStep(child, entry, index === parts.length - 1 ? owner : { uid: 0, gid: 0 }, reason));
      }
      at = child;
    }
    return at;
  }

  function folderStep(
    path: FilePath,
    entry: FileEntry | undefined,
    owner: { uid: number; gid: number },
    reason: string,
  ): DirectoryStep {
    const recorded = entry?.type === 'directory' ? entry : { mode: 0o755, ...owner, mtime: epoch };
    const { mode, uid, gid, mtime } = recorded;
    return { kind: 'directory', path, mode, uid, gid, mtime, reason };
  }

  /** Where an entry really goes, its folder made. */
  function place(path: FilePath): FilePath {
    const real = folder(parentPath(path), `holds ${showPath(path)}`);
    return joinPath(real, baseName(path));
  }

  function put(file: ManifestFile): void {
    const path = documentPath(file.path);
    const entry = known.get(path);
    const reason = file.why ?? 'a file that no package has as it is';
    if (isGoneAtStart(path)) return;
    if (file.tree) {
      putTree(path);
      return;
    }
    const owner = ownerOf(file, entry);
    const mtime = entry?.mtime ?? epoch;
    const at = place(path);
    if (file.target !== undefined) {
      links.set(at, { kind: 'link', path: at, target: parsePath(file.target), ...owner, mtime, reason });
    } else if (file.sha256 !== undefined && file.carried) {
      const mode = file.mode === undefined ? (entry?.mode ?? 0o644) : Number.parseInt(file.mode, 8);
      files.set(at, { kind: 'write', path: at, content: file.sha256, mode, ...owner, mtime, reason });
    }
  }

  function putTree(root: FilePath): void {
    const reason = `part of ${showPath(root)}, carried as one tree`;
    for (const entry of known.values()) {
      if (!isWithin(entry.path, root)) continue;
      const { mode, uid, gid, mtime } = entry;
      const path = place(entry.path);
      if (entry.type === 'directory') {
        folders.set(path, { kind: 'directory', path, mode, uid, gid, mtime, reason });
      } else if (entry.type === 'symlink') {
        links.set(path, { ...linkStep(entry, reason), path });
      } else if (entry.type === 'file' && entry.hash !== undefined) {
        files.set(path, { kind: 'write', path, content: entry.hash, mode, uid, gid, mtime, reason });
      }
    }
  }

  for (const run of manifest.runs) {
    const owner = run.user ?? { uid: 0, gid: 0 };
    const untilMade = (path: FilePath): FilePath => (made.get(run.id)?.has(path) ? untilMade(parentPath(path)) : path);
    folder(untilMade(documentPath(run.cwd)), `the working directory of run ${run.id}`, owner);
    for (const output of run.outputs) {
      const path = documentPath(output.path);
      const at = untilMade(parentPath(path));
      if (!isMountedAtRun(path)) folder(at, `run ${run.id} writes ${showPath(path)}`, owner);
    }
  }
  for (const file of manifest.files) if (file.carried || file.target !== undefined) put(file);
  for (const input of carriedInputs(manifest.runs)) put(input);
  return [...removals(manifest), ...sorted(folders), ...sorted(links), ...sorted(files)];
}

/** What is carried, and cannot be in an environment at rest; a run that is done again is given it. */
export function unplaceable(manifest: Manifest): FilePath[] {
  const carried = [...manifest.files.filter((file) => file.carried), ...carriedInputs(manifest.runs)];
  return carried.map(({ path }) => documentPath(path)).filter(isGoneAtStart);
}

/** What the packages bring and the origin did not have, before anything is put in its place. */
function removals({ absent = [] }: Manifest): RemoveStep[] {
  return absent.map(({ path, why }) => ({
    kind: 'remove',
    path: documentPath(path),
    reason: why ?? 'the environment does not have it',
  }));
}

function carriedInputs(runs: readonly ManifestRun[]): ManifestFile[] {
  return runs.flatMap((run) =>
    run.inputs
      .filter(({ carried, sha256 }) => carried === true && sha256 !== undefined)
      .map(({ path, sha256 }) => ({ path, sha256, carried: true, why: `an input of run ${run.id}` })),
  );
}

function carriedTrees(manifest: Manifest): FilePath[] {
  return manifest.files.filter(({ tree, carried }) => tree && carried).map(({ path }) => documentPath(path));
}

function ownerOf(file: ManifestFile, entry: FileEntry | undefined): { uid: number; gid: number } {
  if (file.owner === undefined) return { uid: entry?.uid ?? 0, gid: entry?.gid ?? 0 };
  const [uid, gid] = file.owner.split(':').map(Number);
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function linkStep(entry: FileEntry, reason: string): LinkStep {
  const { path, uid, gid, mtime } = entry;
  return { kind: 'link', path, target: entry.target ?? rootPath, uid, gid, mtime, reason };
}

function sorted<T extends Step & { path: FilePath }>(steps: ReadonlyMap<FilePath, T>): T[] {
  return [...steps.values()].sort((a, b) => comparePaths(a.path, b.path));
}

function tooManyLinks(path: FilePath): ReproError {
  return new ReproError('usage', `the links on the way to ${showPath(path)} lead in a circle`);
}
