import { writeSnapshot } from '../filesystem/snapshot.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath, parentPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { NeverCarry } from '../spec/secrets/never-carry.js';
import type { SpecDraft } from '../spec/write.js';
import type { CollectedFiles } from './collect.js';
import type { Survey } from './survey.js';

export interface SnapshotRequest {
  readonly draft: SpecDraft;
  readonly machine: Machine;
  readonly closure: readonly FilePath[];
  readonly survey: Survey;
  readonly files: CollectedFiles;
  readonly never: NeverCarry;
  /** The run is an installation: what it left is of the environment. */
  readonly installs: boolean;
  readonly advance: (done: number, total?: number) => void;
  readonly signal: AbortSignal | undefined;
}

const batchSize = 4096;

/**
 * Writes the environment as the run found it: the closure's files, what the runs used, what is carried, and the folders
 * above these, not those that only lead to where nothing was found. What the run made or changed is in the manifest's
 * outputs, but what an installation made is here; what is private or the host's is nowhere.
 */
export async function writeSpecSnapshot(request: SnapshotRequest): Promise<number> {
  const { draft, survey, files } = request;
  const known = new Map<FilePath, FileEntry>();
  for (const [path, entry] of files.entries) if (belongs(path, request)) known.set(path, entry);
  if (!request.installs) for (const [path, { entry, carried }] of files.before) if (carried) known.set(path, entry);
  const wanted = new Set<FilePath>(known.keys());
  for (const paths of [survey.links.keys(), survey.folders]) {
    for (const path of paths) if (belongs(path, request)) wanted.add(path);
  }
  if (request.installs) for (const path of survey.madeLinks.keys()) wanted.add(path);
  for (const path of survey.subjects.keys()) if (belongs(path, request)) wanted.add(path);
  for (const path of request.closure) if (!request.never.byPath(path)) wanted.add(path);
  for (const path of [...wanted]) {
    for (let at = parentPath(path); !wanted.has(at); at = parentPath(at)) wanted.add(at);
  }
  for (const path of wanted) {
    const entry = survey.entries.get(path);
    if (entry !== undefined && entry.type !== 'file' && !known.has(path)) known.set(path, entry);
  }
  const sorted = [...wanted].sort(comparePaths);
  let written = 0;
  await draft.addSnapshot(async (file) => {
    await writeSnapshot(
      file,
      counted(entriesOf(sorted, known, request), () => (written += 1)),
    );
    return written;
  });
  return written;
}

function belongs(path: FilePath, { survey, files, never, installs }: SnapshotRequest): boolean {
  if (isKernelPath(path)) return path === '/proc' || path === '/sys' || path === '/dev';
  const decision = files.decisions.get(path);
  if (decision?.kind === 'left-out' || (decision?.kind === 'output' && !installs)) return false;
  const subject = survey.subjects.get(path);
  if (subject?.before !== undefined && subject.before !== 'same' && !installs) return false;
  const state = (subject?.owner ?? survey.owners.get(path))?.state;
  if (state === 'host-bound' || (state === 'left-out' && decision?.kind !== 'carried')) return false;
  return state === 'owned' || files.entries.has(path) || !never.byPath(path);
}

async function* entriesOf(
  paths: readonly FilePath[],
  known: ReadonlyMap<FilePath, FileEntry>,
  { machine, advance, signal }: SnapshotRequest,
): AsyncIterable<FileEntry> {
  for (let start = 0; start < paths.length; start += batchSize) {
    const batch = paths.slice(start, start + batchSize);
    const asked = batch.filter((path) => !known.has(path));
    const found = new Map<FilePath, FileEntry>();
    for await (const [path, entry] of machine.files.entries(asked, { hash: true, ...(signal ? { signal } : {}) })) {
      if (entry) found.set(path, entry);
    }
    for (const path of batch) {
      const entry = known.get(path) ?? found.get(path);
      if (entry) yield entry;
    }
    advance(Math.min(start + batchSize, paths.length), paths.length);
  }
}

async function* counted<T>(items: AsyncIterable<T>, count: () => void): AsyncIterable<T> {
  for await (const item of items) {
    count();
    yield item;
  }
}
