import { Readable } from 'node:stream';
import { ReproError } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import {
  comparePaths,
  type FilePath,
  normalizePath,
  parentPath,
  pathFromText,
  rootPath,
  showPath,
} from '../model/file-path.js';
import { isGoneAtStart, isKernelPath } from '../model/kernel-path.js';
import { documentPath } from '../model/schemas.js';
import { permissionsOf } from '../spec/document/permissions.js';
import type { ManifestFile, ManifestRun } from '../spec/document/schema.js';
import { madeByRun } from '../spec/runs/made.js';
import type { RecordedTrace, Specification } from '../spec/specification.js';
import { contentInSpec, type FoundContent, type LocatedInput } from './inputs.js';

/** What a run needs around it before it can start: its inputs and the folders that it finds there. */
export interface Scene {
  readonly run: ManifestRun;
  readonly recorded: RecordedTrace | undefined;
  readonly inputs: readonly LocatedInput[];
}

interface Placed {
  readonly path: FilePath;
  readonly type: 'file' | 'directory';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly content?: FoundContent;
}

/**
 * Puts inputs, working directory, home, temporary and output folders in place, and the carried files that the
 * environment cannot keep: all as one tar stream.
 */
export async function setScene(machine: Machine, spec: Specification, scene: Scene): Promise<void> {
  const { shell } = machine;
  if (!shell) throw new ReproError('not-ready', `no program can be run on ${machine.label}`);
  const inputs = scene.inputs.flatMap(({ path, content }) => (content ? [{ path, content }] : []));
  const files: Brought[] = [...inputs, ...(await filesInMemory(spec))];
  const folders = await missingFolders(machine, foldersOf(scene, files));
  const known = await knownEntries(spec, new Set([...folders, ...files.map(({ path }) => path)]));
  const user = scene.run.user ?? { uid: 0, gid: 0 };
  const place = (path: FilePath, type: Placed['type'], mode: number): Placed => {
    const entry = known.get(path);
    const like = entry?.type === type ? entry : { mode, uid: user.uid, gid: user.gid, mtime: 0 };
    return { path, type, mode: like.mode, uid: like.uid, gid: like.gid, mtime: like.mtime };
  };
  const placed: Placed[] = folders.map((path) => place(path, 'directory', 0o755));
  for (const { path, content, file } of files) {
    const entry = { ...place(path, 'file', 0o644), ...(file && permissionsOf(file, known.get(path))) };
    placed.push({ ...entry, content, mtime: entry.mtime || content.mtime });
  }
  if (placed.length > 0) await shell.put(rootPath, Readable.from(packed(placed), { objectMode: false }));
}

interface Brought {
  readonly path: FilePath;
  readonly content: FoundContent;
  /** What the manifest says of it, where it is no input. */
  readonly file?: ManifestFile;
}

async function filesInMemory(spec: Specification): Promise<Brought[]> {
  const files: Brought[] = [];
  for (const file of spec.manifest.files) {
    const path = documentPath(file.path);
    if (!file.carried || file.sha256 === undefined || !isGoneAtStart(path)) continue;
    files.push({ path, content: await contentInSpec(spec, file.sha256), file });
  }
  return files;
}

/** Folders that are there before the run: those that it makes itself are not, and the kernel's are there anyway. */
function foldersOf({ run, recorded, inputs }: Scene, files: readonly Pick<Placed, 'path'>[]): FilePath[] {
  const made = madeByRun(recorded);
  const { HOME, TMPDIR } = run.environment;
  const named = [HOME, TMPDIR].filter((folder) => folder?.startsWith('/')) as string[];
  const wanted = [
    documentPath(run.cwd),
    pathFromText('/tmp'),
    ...named.map((folder) => normalizePath(pathFromText(folder))),
    ...[...inputs, ...files].map(({ path }) => parentPath(path)),
    ...run.outputs.map(({ path }) => parentPath(documentPath(path))),
    ...[run.stdin, run.stdout, run.stderr].flatMap((stream) =>
      typeof stream === 'object' ? [parentPath(documentPath(stream.file))] : [],
    ),
  ];
  const all = new Set<FilePath>();
  for (const folder of wanted) {
    for (let at = folder; at !== '/' && !all.has(at); at = parentPath(at))
      if (!made.has(at) && !isKernelPath(at)) all.add(at);
  }
  return [...all].sort(comparePaths);
}

async function missingFolders(machine: Machine, folders: readonly FilePath[]): Promise<FilePath[]> {
  const missing: FilePath[] = [];
  for await (const [path, entry] of machine.files.entries(folders)) if (!entry) missing.push(path);
  return missing;
}

async function knownEntries(spec: Specification, paths: ReadonlySet<FilePath>): Promise<Map<FilePath, FileEntry>> {
  const known = new Map<FilePath, FileEntry>();
  if (paths.size === 0) return known;
  for await (const entry of spec.snapshot()) if (paths.has(entry.path)) known.set(entry.path, entry);
  return known;
}

async function* packed(entries: readonly Placed[]): AsyncGenerator<Buffer> {
  for (const { content, ...entry } of entries) {
    const name = entry.path.slice(1) as FilePath;
    const size = content?.size ?? 0;
    yield tarHeader({ ...entry, name, size });
    if (content === undefined) continue;
    let seen = 0;
    for await (const chunk of content.open() as AsyncIterable<Buffer>) {
      seen += chunk.length;
      if (seen > size) break;
      yield chunk;
    }
    if (seen !== size) {
      throw new ReproError('usage', `${content.source} changed while it was copied to ${showPath(entry.path)}`, {
        remedy: 'let nothing write to the inputs while the command runs again',
      });
    }
    yield tarPadding(size);
  }
  yield tarEnd();
}
