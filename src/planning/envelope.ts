import { ReproError } from '../errors.js';
import type { Sha256 } from '../hash.js';
import { createResolver } from '../machines/resolver.js';
import type { FileEntry } from '../model/file-entry.js';
import {
  baseName,
  comparePaths,
  type FilePath,
  isWithin,
  joinPath,
  parentPath,
  parsePath,
  rootPath,
  showPath,
} from '../model/file-path.js';
import { isGoneAtStart, isMountedAtRun } from '../model/kernel-path.js';
import type { DirectoryStep, LinkStep, RemoveStep, Step, WriteStep } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest, ManifestFile, ManifestRun } from '../spec/document/schema.js';
import { inputsOf, madeBySteps, makesOf } from '../spec/runs/steps.js';

const root = { uid: 0, gid: 0 };

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
  const { steps = [] } = manifest;
  const inputs = [...manifest.runs.flatMap((run) => run.inputs), ...steps.flatMap(inputsOf)];
  for (const { path } of [...inputs, ...steps.flatMap(makesOf)]) carried.add(documentPath(path));
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

/** What the steps of an envelope depend on beside its manifest. */
export interface EnvelopeContext {
  readonly known: KnownEntries;
  readonly epoch: number;
  /** Folders and links that the base system makes itself: they are left be. */
  readonly baseFolders: ReadonlySet<FilePath>;
  /** For each run, by its id, what it or an earlier one makes: that is left to the runs. */
  readonly made?: ReadonlyMap<string, ReadonlySet<FilePath>>;
}

/** The steps that put the carried files, the working directories and the outputs' folders in place. */
export function envelopeSteps(
  manifest: Manifest,
  { known, epoch, baseFolders, made = new Map() }: EnvelopeContext,
): Step[] {
  const folders = new Map<FilePath, DirectoryStep>();
  const links = new Map<FilePath, LinkStep>();
  const files = new Map<FilePath, WriteStep>();

  /** What is not known is a folder that is to be made. */
  const resolve = createResolver((path) => {
    const entry = known.get(path);
    return entry?.type === 'symlink' ? entry : { type: 'directory' };
  });

  /** Makes the folder and all above it, through the links of the traced machine; gives its real path. */
  function folder(path: FilePath, reason: string, owner = root): FilePath {
    const { path: real, links: passed, end } = resolve(path);
    if (end !== 'found') throw tooManyLinks(path);
    for (const { path: at } of passed) {
      makeFolders(parentPath(at), reason);
      const link = known.get(at);
      if (link && !baseFolders.has(at)) links.set(at, linkStep(link, `the way to ${showPath(path)}`));
    }
    makeFolders(real, reason, owner);
    return real;
  }

  function makeFolders(innermost: FilePath, reason: string, owner = root): void {
    for (let at = innermost; at !== '/'; at = parentPath(at)) {
      if (baseFolders.has(at) || isMountedAtRun(at) || folders.has(at)) continue;
      folders.set(at, folderStep(at, known.get(at), at === innermost ? owner : root, reason));
    }
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

  function putTree(top: FilePath): void {
    const reason = `part of ${showPath(top)}, carried as one tree`;
    for (const entry of known.values()) {
      if (!isWithin(entry.path, top)) continue;
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

  const isMadeByStep = madeBySteps(manifest);
  for (const { name, id, cwd, user, outputs } of workplaces(manifest)) {
    const owner = user ?? root;
    const isMade = (path: FilePath) => made.get(id)?.has(path) === true || isMadeByStep(path);
    const untilMade = (path: FilePath): FilePath => (isMade(path) ? untilMade(parentPath(path)) : path);
    folder(untilMade(documentPath(cwd)), `the working directory of ${name}`, owner);
    for (const output of outputs) {
      const path = documentPath(output.path);
      const at = untilMade(parentPath(path));
      if (!isMountedAtRun(path)) folder(at, `${name} writes ${showPath(path)}`, owner);
    }
  }
  for (const file of manifest.files) if (file.carried || file.target !== undefined) put(file);
  for (const input of carriedInputs(manifest.runs)) put(input);
  return [...removals(manifest), ...sorted(folders), ...sorted(links), ...sorted(files)];
}

/** Where steps and runs work, and what they leave. */
function workplaces({ steps = [], runs }: Manifest) {
  const builders = steps.map((step) => {
    const { cwd = '/', user } = 'command' in step ? step : {};
    return { name: `step ${step.id}`, id: step.id, cwd, user, outputs: makesOf(step) };
  });
  return [...builders, ...runs.map((run) => ({ ...run, name: `run ${run.id}` }))];
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
  const files = [...manifest.files, ...(manifest.steps ?? []).flatMap(makesOf)];
  return files.filter(({ tree, carried }) => tree && carried).map(({ path }) => documentPath(path));
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
