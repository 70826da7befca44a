import { hasChanged } from '../model/access.js';
import { baseName, type FilePath, isWithin, parentPath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest, ManifestFile } from '../spec/document/schema.js';
import { madeByStep, madeBySteps, makesOf } from '../spec/runs/steps.js';
import type { AccessRecord, RecordedTrace } from '../spec/specification.js';

/** One run of the spec with what was recorded of it. */
export interface RecordedRun {
  readonly id: string;
  readonly trace: RecordedTrace;
}

/** What the spec says about paths beyond their entries: who makes them, and who supplies them. */
export interface Expectations {
  /** Whether a run of the spec made, changed or removed the path: what it is before a run is not in the snapshot. */
  isChanged(path: FilePath): boolean;
  /** Data that is supplied to a re-run, and the folders around it. */
  isSupplied(path: FilePath): boolean;
  isFolderOfRun(path: FilePath): boolean;
  /** The step of the manifest that makes the path; undefined of all others. */
  madeByStep(path: FilePath): string | undefined;
  /** The manifest's line about a file that no package has as it is. */
  listed(path: FilePath): ManifestFile | undefined;
}

export function expectationsOf(manifest: Manifest, runs: readonly RecordedRun[]): Expectations {
  const changed = new Set<FilePath>();
  const supplied = new Set<FilePath>();
  const folders = new Set<FilePath>();
  for (const { trace } of runs)
    for (const access of trace.accesses) if (hasChanged(access)) addChanged(access, changed);
  const { steps = [] } = manifest;
  const isMade = madeBySteps(manifest);
  for (const run of manifest.runs) {
    for (const { path, carried } of run.inputs) {
      // What a step makes is there before any run.
      if (carried !== true && !isMade(documentPath(path))) supplied.add(documentPath(path));
    }
    for (const output of run.outputs) changed.add(documentPath(output.path));
    for (const at of [run.cwd, ...run.inputs.map(({ path }) => path), ...run.outputs.map(({ path }) => path)]) {
      addParents(documentPath(at), folders);
    }
    folders.add(documentPath(run.cwd));
  }
  const files = new Map([...steps.flatMap(makesOf), ...manifest.files].map((file) => [documentPath(file.path), file]));
  const trees = [...files].filter(([, file]) => file.tree !== undefined);
  return {
    isChanged: (path) => changed.has(path),
    isSupplied: (path) => supplied.has(path),
    madeByStep: (path) => steps.findLast((step) => madeByStep(step)(path))?.id,
    isFolderOfRun: (path) => folders.has(path),
    listed: (path) => files.get(path) ?? trees.find(([root]) => isWithin(path, root))?.[1],
  };
}

/** Whether a run read what was there and took it away, and nobody knows what it was. */
export function isLost({ uses, before }: Pick<AccessRecord, 'uses' | 'before'>): boolean {
  const isChanged = uses.includes('written') || uses.includes('created');
  return uses.includes('read') && !isChanged && before !== 'absent' && typeof before !== 'object';
}

function addChanged(access: AccessRecord, changed: Set<FilePath>): void {
  changed.add(access.path);
  if (access.resolved !== undefined) changed.add(access.resolved);
}

function addParents(path: FilePath, folders: Set<FilePath>): void {
  for (let at = parentPath(path); at !== '/' && !folders.has(at); at = parentPath(at)) folders.add(at);
}

/** What a probe of an absent path would have found first, by name: the program or library that the run then used. */
export function usedByName(accesses: readonly AccessRecord[]): ReadonlyMap<string, FilePath> {
  const used = new Map<string, FilePath>();
  for (const { path, uses } of accesses) {
    if (uses.includes('executed')) used.set(baseName(path), path);
    else if (uses.includes('read') && !used.has(baseName(path))) used.set(baseName(path), path);
  }
  return used;
}
