import { type FilePath, isWithin, parentPath, pathToBytes, showPath } from '../model/file-path.js';
import type { MadeEntry, PlannedPackage, ReplayStep, Step } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { Manifest, ManifestFile, ManifestStep } from '../spec/document/schema.js';
import type { CommandStep, CopyStep, DownloadStep } from '../spec/document/steps.js';
import { inputsOf, madeByStep, madeBySteps } from '../spec/runs/steps.js';
import { type EnvelopeContext, envelopeSteps } from './envelope.js';

export interface PlannedSteps {
  readonly steps: readonly Step[];
  /** What the download steps put in place. */
  readonly artifacts: readonly PlannedPackage[];
}

/** What the manifest itself has beside packages: its files, its steps in order, and files that were put over what these made. */
export function planManifest(manifest: Manifest, context: EnvelopeContext): PlannedSteps {
  const { steps = [] } = manifest;
  const isMade = madeBySteps(manifest);
  const isLater = (step: Step) => step.kind !== 'remove' && 'path' in step && isMade(step.path);
  const { made = new Map(), ...others } = context;
  const envelope = envelopeSteps(manifest, context);
  const put = (files: readonly ManifestFile[]) =>
    envelopeSteps({ ...manifest, files: [...files], runs: [], steps: [], absent: [] }, others);
  return {
    steps: [
      ...envelope.filter((step) => !isLater(step)),
      ...steps.flatMap((step, at) => planStep(step, steps.slice(0, at), put)),
      ...ofRuns(steps, made),
      ...envelope.filter(isLater),
    ],
    artifacts: steps.flatMap((step) => ('download' in step ? [artifactOf(step)] : [])),
  };
}

type Put = (files: readonly ManifestFile[]) => Step[];

function planStep(step: ManifestStep, earlier: readonly ManifestStep[], put: Put): Step[] {
  if ('download' in step) {
    const { id, download, path, sha256, mode, owner, why = `step ${id} downloads it from ${download}` } = step;
    return put([{ path, sha256, mode, owner, carried: true, why }]);
  }
  const isMadeBefore = earlier.map(madeByStep);
  const inputs = inputsOf(step).filter(({ path, sha256, carried }) => {
    return carried && sha256 !== undefined && !isMadeBefore.some((isMade) => isMade(documentPath(path)));
  });
  const files = inputs.map(({ path, sha256, mode }) => ({
    ...{ path, sha256, carried: true, why: `an input of step ${step.id}` },
    ...(mode === undefined ? {} : { mode }),
  }));
  return [...put(files), 'copy' in step ? copying(step, put) : running(step, put)];
}

function running(step: CommandStep, put: Put): ReplayStep {
  const { id, command, cwd, environment, umask, user = { uid: 0, gid: 0 }, exit, masked } = step;
  const { groups, ...ids } = user;
  return {
    kind: 'replay',
    id,
    argv: command,
    cwd: documentPath(cwd),
    environment,
    umask: Number.parseInt(umask, 8),
    user: { ...ids, ...(groups ? { groups } : {}) },
    exit,
    ...(masked ? { cannotRun: 'a secret was masked in its command' } : {}),
    makes: entriesOf(step.makes, put),
    reason: step.why ?? 'no package manager knows what it makes',
  };
}

function copying({ id, copy, path, makes, why }: CopyStep, put: Put): ReplayStep {
  return {
    kind: 'replay',
    id,
    argv: ['cp', '-pR', '--', ...[copy, path].map(argumentOf)],
    cwd: '/' as FilePath,
    environment: {},
    umask: 0o022,
    user: { uid: 0, gid: 0 },
    exit: 0,
    makes: entriesOf(makes, put),
    reason: why ?? `a copy of ${copy}`,
  };
}

/** A path of the manifest as an argument of a command. */
function argumentOf(path: string): string {
  return pathToBytes(documentPath(path)).toString('utf8');
}

/** What a step leaves, as what would put it there; the folders above it are no part of that. */
function entriesOf(makes: readonly ManifestFile[], put: Put): MadeEntry[] {
  const roots = makes.map(({ path, carried }) => ({ path: documentPath(path), carried }));
  return put(makes.map((file) => ({ ...file, carried: true }))).flatMap((entry) => {
    if (entry.kind !== 'write' && entry.kind !== 'directory' && entry.kind !== 'link') return [];
    const root = roots.find(({ path }) => isWithin(entry.path, path));
    return root ? [{ entry, kept: root.carried || entry.kind !== 'write' }] : [];
  });
}

/** Of the runs before them steps may need what these make; a run that is done again makes it itself. */
function ofRuns(steps: readonly ManifestStep[], made: ReadonlyMap<string, ReadonlySet<FilePath>>): Step[] {
  const all = new Set([...made.values()].flatMap((paths) => [...paths]));
  const isMadeByStep = steps.map(madeByStep);
  const tops = new Set<FilePath>();
  for (const { path } of steps.flatMap(inputsOf)) {
    let top = documentPath(path);
    if (!all.has(top) || isMadeByStep.some((isMade) => isMade(top))) continue;
    while (all.has(parentPath(top))) top = parentPath(top);
    tops.add(top);
  }
  return [...tops].map((path) => ({ kind: 'remove', path, reason: `a run makes ${showPath(path)} itself` }));
}

/** A file that the ladder gets as it gets packages: from the store, the spec, or its address. */
function artifactOf({ id, download, sha256, size, carried }: DownloadStep): PlannedPackage {
  return {
    distribution: 'download',
    name: id,
    version: sha256.slice(0, 12),
    used: true,
    artifact: {
      name: new URL(download).pathname.split('/').at(-1) || id,
      digest: { algorithm: 'sha256', value: sha256 },
      urls: [download],
      ...(size === undefined ? {} : { size }),
      ...(carried ? { content: sha256 } : {}),
    },
  };
}
