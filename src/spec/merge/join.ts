import { canonicalJson } from '../../hash.js';
import { isoDate } from '../../model/epoch.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { Manifest, ManifestFile } from '../document/schema.js';
import { mergeNeeds } from '../host/needs.js';
import { makerOf } from '../runs/makers.js';
import { type Contradiction, mergeFiles, type SpecFiles } from './files.js';
import { mergeHalves, mergeLocks } from './halves.js';
import { type Part, refuseOtherBase, refuseOtherVersions } from './parts.js';
import { findsWhatWasLeft, freeNames, inputsAfter, type Left, leftBy, type RunWithTrace, renameRuns } from './runs.js';
import { afterSteps, joinSteps, makerAmong } from './steps.js';

export interface JoinContext {
  /** The runs of the other began where those of the one had ended. */
  readonly inOrder: boolean;
  /** Whether a published rule lets the path differ. */
  readonly mayDiffer: (path: FilePath) => boolean;
  /** Told what the two contradict each other in, in whole sentences. */
  readonly tell: (conflict: string) => void;
}

/** Two specs as one; fails where no environment can be both. */
export function joinParts(one: Part, other: Part, context: JoinContext): Part {
  refuseOtherBase(one, other);
  refuseOtherVersions(one, other);
  const { mayDiffer, tell } = context;
  const left = leftBy(one.runs);
  const goesOn = context.inOrder || other.runs.some((record) => findsWhatWasLeft(record, left, other.snapshot));
  const isLeft = (path: FilePath) => goesOn && left.has(path) && !isOther(path, left, other);
  const { snapshot, ...lists } = mergeFiles(filesOf(one, left), filesOf(other, leftBy(other.runs)), {
    isLeft,
    isMade: (path) => makerAmong(one.steps, path) !== undefined,
    isRemoved: left.isRemoved,
    mayDiffer,
    tell: (path, what) => tell(sentence(path, what, one, other)),
  });
  const nameOf = freeNames(idsOf(other), idsOf(one));
  const added = renameRuns(other.runs, nameOf)
    .map((record) => (goesOn ? continued(record, one, other, left, context) : record))
    .map(({ run, trace }) => {
      const inputs = run.inputs.map((input) => afterSteps(input, one.steps, one.snapshot));
      return { run: { ...run, inputs }, trace };
    });
  const runs = [...one.runs, ...added];
  const renamed = other.steps.map(({ step, trace }) => ({ step: { ...step, id: nameOf(step.id) }, trace }));
  const isNeeded = ({ path, carried }: ManifestFile) => carried && isLeft(documentPath(path));
  const steps = joinSteps(one, renamed, renamed.length > 0 ? other.manifest.files.filter(isNeeded) : []);
  const epochs = new Map([...one.epochs, ...other.epochs]);
  for (const [name, epoch] of one.epochs) epochs.set(name, Math.max(epoch, epochs.get(name) ?? 0));
  tellPlatform(one, other, tell);
  const { absent: _one, ...before } = one.manifest;
  const { absent: _other, ...after } = other.manifest;
  const host = mergeNeeds([...(one.manifest.host ?? []), ...(other.manifest.host ?? [])]);
  const manifest: Manifest = {
    ...before,
    ...after,
    distributions: mergeHalves(one.manifest.distributions, other.manifest.distributions),
    files: [...lists.files].sort((a, b) => comparePaths(a.path, b.path)),
    ...(host.length > 0 ? { host } : {}),
    ...(lists.absent.length > 0 ? { absent: [...lists.absent] } : {}),
    ...(steps.length > 0 ? { steps: steps.map(({ step }) => step) } : {}),
    runs: runs.map(({ run }) => run),
    ...(epochs.size > 0 ? { epoch: isoDate(Math.max(...epochs.values())) } : {}),
  };
  const paths = [...new Map([...one.paths, ...other.paths].map((each) => [each.path, each])).values()];
  const halves = mergeLocks(one.halves, other.halves);
  const nameFor = (path: FilePath) =>
    snapshot.get(path) === other.snapshot.get(path) ? other.nameFor(path) : one.nameFor(path);
  return { name: 'the specs before it', nameFor, manifest, halves, epochs, snapshot, steps, runs, paths };
}

function idsOf({ steps, runs }: Pick<Part, 'steps' | 'runs'>): string[] {
  return [...steps.map(({ step }) => step.id), ...runs.map(({ run }) => run.id)];
}

/** A run that found what earlier ones had left. */
function continued(
  record: RunWithTrace,
  one: Part,
  other: Part,
  left: Left,
  { inOrder, tell }: JoinContext,
): RunWithTrace {
  const last = inOrder ? one.runs.at(-1)?.run.id : undefined;
  const after = record.run.after ?? last;
  const madeBy = (path: FilePath, by: string) => {
    const maker = one.runs.find(({ run }) => run.id === by);
    return { command: maker ? makerOf(maker.run, maker.trace, path) : record.run.command, run: by };
  };
  const inputs = inputsAfter(record, left, other.snapshot, madeBy, tell);
  return { ...record, run: { ...record.run, ...(after === undefined ? {} : { after }), inputs } };
}

/** Whether somebody put another file there after the earlier runs had left theirs. */
function isOther(path: FilePath, left: Left, { snapshot }: Part): boolean {
  const [hash, found] = [left.files.get(path)?.hash, snapshot.get(path)?.hash];
  return hash !== undefined && found !== undefined && hash !== found;
}

function filesOf({ snapshot, manifest: { files, absent = [] }, runs }: Part, own: Left): SpecFiles {
  const missed = new Set<FilePath>();
  for (const { trace } of runs) {
    for (const { path, uses } of trace?.accesses ?? []) {
      if (uses.includes('absent') && !own.has(path) && !own.isRemoved(path)) missed.add(path);
    }
  }
  return { snapshot, files, absent, missed };
}

function sentence(path: FilePath, what: Contradiction, one: Part, other: Part): string {
  const [before, after] = [one.nameFor(path), other.name];
  switch (what) {
    case 'another':
      return `${showPath(path)} is not the same in ${before} and in ${after}: it is kept as in ${after}.`;
    case 'new':
      return `${showPath(path)} was not there in ${before} and is in ${after}: it is kept.`;
    case 'gone':
      return `${showPath(path)} was there in ${before} and is not in ${after}: it is kept.`;
  }
}

function tellPlatform(one: Part, other: Part, tell: (conflict: string) => void): void {
  const before: Readonly<Record<string, unknown>> = one.manifest.platform ?? {};
  for (const [key, value] of Object.entries(other.manifest.platform ?? {})) {
    const [was, is] = [before[key], value].map((each) => (typeof each === 'string' ? each : canonicalJson(each)));
    if (before[key] === undefined || was === is) continue;
    tell(`The ${key} was ${was} in ${one.name} and is ${is} in ${other.name}: that of ${other.name} is recorded.`);
  }
}
