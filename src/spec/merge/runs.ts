import type { Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { Origin } from '../document/files.js';
import type { ManifestInput, ManifestRun } from '../document/schema.js';
import { unfoldOutputs } from '../runs/outputs.js';
import type { RecordedTrace } from '../specification.js';

/** A run with what was recorded of it. */
export interface RunWithTrace {
  readonly run: ManifestRun;
  readonly trace: RecordedTrace | undefined;
}

/** What runs left where they ran. */
export interface Left {
  /** Files that they wrote, as the last of them left each. */
  readonly files: ReadonlyMap<FilePath, { readonly by: string; readonly hash: Sha256 | undefined }>;
  /** Whether they made or changed what was there afterwards, be it a file or anything else. */
  has(path: FilePath): boolean;
  /** Whether they took it away. */
  isRemoved(path: FilePath): boolean;
}

export function leftBy(records: readonly RunWithTrace[]): Left {
  const files = new Map<FilePath, { by: string; hash: Sha256 | undefined }>();
  const changed = new Set<FilePath>();
  const removed = new Set<FilePath>();
  for (const { run, trace } of records) {
    for (const { path, uses, resolved } of trace?.accesses ?? []) {
      if (uses.includes('removed')) {
        files.delete(path);
        removed.add(path);
      } else if (uses.includes('written') || uses.includes('created')) {
        for (const each of [path, resolved ?? path]) changed.add(each);
      }
    }
    for (const { path, files: below, sha256 } of unfoldOutputs(run, trace)) {
      const place = documentPath(path);
      changed.add(place);
      if (below === undefined) files.set(place, { by: run.id, hash: sha256 });
    }
    for (const path of changed) removed.delete(path);
  }
  return { files, has: (path) => changed.has(path) && !removed.has(path), isRemoved: (path) => removed.has(path) };
}

/** Paths that a run used, as it asked and where they led. */
export function pathsOf({ trace }: RunWithTrace): ReadonlySet<FilePath> {
  return new Set((trace?.accesses ?? []).flatMap(({ path, resolved }) => (resolved ? [path, resolved] : [path])));
}

/** Whether a run found a file just as an earlier one had left it. */
export function findsWhatWasLeft(
  record: RunWithTrace,
  left: Left,
  snapshot: ReadonlyMap<FilePath, FileEntry>,
): boolean {
  const isSame = (path: FilePath, hash: Sha256 | undefined) =>
    hash !== undefined && left.files.get(path)?.hash === hash;
  if (record.run.inputs.some(({ path, sha256 }) => isSame(documentPath(path), sha256))) return true;
  return [...pathsOf(record)].some((path) => isSame(path, snapshot.get(path)?.hash));
}

/** For names what they are to be where some are taken, by runs or steps. */
export function freeNames(wanted: readonly string[], taken: Iterable<string>): (name: string) => string {
  const used = new Set(taken);
  const names = new Map<string, string>();
  for (const each of wanted) {
    let name = each;
    for (let number = 2; used.has(name); number++) name = `${each.replace(/-\d+$/, '')}-${number}`;
    used.add(name);
    names.set(each, name);
  }
  return (name) => names.get(name) ?? name;
}

/** Gives runs other names, and lets what refers to them do so by these. */
export function renameRuns(records: readonly RunWithTrace[], nameOf: (name: string) => string): RunWithTrace[] {
  return records.map(({ run, trace }) => ({
    trace,
    run: {
      ...run,
      id: nameOf(run.id),
      ...(run.after === undefined ? {} : { after: nameOf(run.after) }),
      inputs: run.inputs.map((input) => (input.from === undefined ? input : { ...input, from: nameOf(input.from) })),
    },
  }));
}

/** The inputs of a run that goes on where others ended: what they left is named as theirs, and not carried. */
export function inputsAfter(
  record: RunWithTrace,
  left: Left,
  snapshot: ReadonlyMap<FilePath, FileEntry>,
  madeBy: (path: FilePath, run: string) => Origin,
  tell: (conflict: string) => void,
): ManifestInput[] {
  const { run } = record;
  const inputs = new Map(run.inputs.map((input) => [documentPath(input.path), input]));
  for (const path of pathsOf(record)) {
    const entry = snapshot.get(path);
    if (inputs.has(path) || entry?.hash === undefined || !left.files.has(path)) continue;
    inputs.set(path, { path: showPath(path), sha256: entry.hash, size: entry.size, carried: true });
  }
  return [...inputs].map(([path, input]) => {
    const file = left.files.get(path);
    if (file === undefined || input.sha256 === undefined || input.from !== undefined) return input;
    const { carried: _carried, ...named } = input;
    if (file.hash === input.sha256) return { ...named, from: file.by, origin: madeBy(path, file.by) };
    tell(`${showPath(path)} is not what run ${file.by} left when run ${run.id} used it: it was changed between them.`);
    return input;
  });
}
