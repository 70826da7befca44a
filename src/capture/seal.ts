import type { Access, Trace } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import type { ManifestRun } from '../spec/document/schema.js';
import { maskArgv } from '../spec/secrets/argv.js';
import { filterEnvironment } from '../spec/secrets/environment.js';
import { hideValues, maskText } from '../spec/secrets/mask.js';
import type { AccessRecord, RecordedTrace } from '../spec/specification.js';
import type { CallersFile } from './callers-files.js';
import type { CollectedFiles } from './collect.js';
import { type ContainerRun, containerNotes } from './container-runs.js';
import { appendedFrom, type OutputHashes, streamAccesses, varyingAccesses, varyingOutputs } from './repeats.js';
import { describeRun, type RunInput, type RunOutput } from './run.js';
import { sealProcesses } from './seal-processes.js';
import { ownerOfAccess, type Survey } from './survey.js';

/** A run as it may be written: identified, and free of secrets. */
export interface SealedRun {
  readonly run: ManifestRun;
  readonly trace: RecordedTrace;
  readonly variablesLeftOut: number;
  readonly variablesMasked: readonly string[];
}

/** Makes the record of the first run: owners joined to accesses, secrets taken out, what varied between runs named. */
export function sealTrace(from: {
  readonly traces: readonly [Trace, ...Trace[]];
  readonly outputHashes: readonly OutputHashes[];
  readonly owners: ReadonlyMap<FilePath, Owner>;
  readonly survey: Survey;
  readonly files: CollectedFiles;
  readonly callers: ReadonlyMap<FilePath, CallersFile>;
  readonly added: readonly string[] | undefined;
  readonly containers: readonly ContainerRun[];
}): SealedRun {
  const { traces, outputHashes, survey, files, containers } = from;
  const [trace] = traces;
  const environment = filterEnvironment(trace.conditions.environment, from.added);
  const hide = (text: string) => hideValues(maskText(text), environment.secrets);
  const argv = maskArgv(trace.conditions.argv, environment.secrets);
  const varied = varyingOutputs(outputHashes);
  const varying = { accesses: varyingAccesses(traces), outputs: varied, runs: traces.length };
  const accesses = [...trace.accesses, ...streamAccesses(trace)].sort((a, b) => comparePaths(a.path, b.path));
  const shown = Object.fromEntries(
    Object.entries(environment.environment).map(([name, value]) => [name, hideValues(value, environment.secrets)]),
  );
  const { run, folded } = describeRun(
    trace,
    argv,
    { ...environment, environment: shown },
    {
      ...filesOfRun(accesses, survey, files, {
        varied: new Set(varied),
        starts: appendedFrom(trace),
        callers: from.callers,
        first: outputHashes[0],
      }),
      varyingStreams: varyingStreams(traces),
    },
  );
  return {
    run:
      containers.length === 0 ? run : { ...run, containers: containers.map((each) => describeContainer(each, hide)) },
    trace: {
      tracer: trace.tracer,
      conditions: { ...trace.conditions, argv: argv.argv, environment: shown },
      ...(trace.exit ? { exit: trace.exit } : {}),
      accesses: accesses.map((access) => withUsers(sealAccess(access, from), trace.touched)),
      ...sealProcesses(trace, from.added, environment.secrets),
      connections: trace.connections.map(hide),
      notes: [...trace.notes, ...containerNotes(containers)].map(hide),
      ...(folded.length > 0 ? { outputs: folded } : {}),
      varying,
    },
    variablesLeftOut: environment.leftOut,
    variablesMasked: environment.masked,
  };
}

function describeContainer(
  { engine, image, id, digests, sha256, definition }: ContainerRun,
  hide: (text: string) => string,
): NonNullable<ManifestRun['containers']>[number] {
  return {
    engine,
    image: hide(image),
    ...(id ? { id } : {}),
    ...(digests ? { digests: [...digests] } : {}),
    ...(sha256 ? { sha256 } : {}),
    ...(definition ? { definition: hide(definition) } : {}),
  };
}

/** A path that the tracer made another of is known by where it leads. */
function withUsers(access: AccessRecord, touched: Trace['touched']): AccessRecord {
  const by = touched?.get(access.path) ?? (access.resolved === undefined ? undefined : touched?.get(access.resolved));
  return by === undefined ? access : { ...access, by };
}

interface OwnerFacts {
  readonly owners: ReadonlyMap<FilePath, Owner>;
  readonly survey: Survey;
  readonly files: CollectedFiles;
}

/** One access with its owner, and without what may not be held. */
export function sealAccess(access: Access, from: OwnerFacts): AccessRecord {
  const owner = ownerOf(access, from);
  const { before } = access;
  if (typeof before !== 'object') return { ...access, owner };
  const { kept: _kept, ...known } = before;
  const place = from.survey.resolved.get(access.path) ?? access.resolved ?? access.path;
  // Of what is left out not even the hash is held.
  const isHeld = owner.state !== 'left-out' && (before.overwritten === true || from.files.before.has(place));
  return { ...access, before: isHeld ? known : 'unknown', owner };
}

function ownerOf({ path }: Access, { owners, survey, files }: OwnerFacts): AccessRecord['owner'] {
  const place = survey.resolved.get(path) ?? path;
  const owner = ownerOfAccess(path, place, owners) ?? nobody(path);
  // Nothing is there, so nothing is left out: that it stays absent is to be proved.
  if (owner.rule === 'absent') return nobody(path);
  const decision = files.decisions.get(place);
  if (decision?.kind === 'left-out') return { path: owner.path, state: 'left-out', rule: decision.rule };
  const hash = files.entries.get(place)?.hash;
  const isKept = decision?.kind === 'carried' || decision?.kind === 'input';
  return isKept && hash !== undefined ? { ...owner, content: hash } : owner;
}

function varyingStreams(traces: readonly Trace[]): Set<'stdout' | 'stderr'> {
  return new Set(
    (['stdout', 'stderr'] as const).filter(
      (name) => new Set(traces.map(({ conditions }) => conditions.streams[name].content?.hash)).size > 1,
    ),
  );
}

function nobody(path: FilePath): Owner {
  return isKernelPath(path) ? { path, state: 'left-out', rule: 'kernel-interface' } : { path, state: 'loose' };
}

interface StreamFacts {
  readonly varied: ReadonlySet<FilePath>;
  /** Of files that were appended to: where the command's own part begins. */
  readonly starts: ReadonlyMap<FilePath, number>;
  readonly callers: ReadonlyMap<FilePath, CallersFile>;
  /** What the first run left. */
  readonly first: OutputHashes | undefined;
}

function filesOfRun(
  accesses: readonly Access[],
  survey: Survey,
  files: CollectedFiles,
  { varied, starts, callers, first }: StreamFacts,
) {
  const inputs = new Map<FilePath, RunInput>();
  const outputs = new Map<FilePath, RunOutput>();
  const leftNow = (path: FilePath, { hash, size }: FileEntry) => ({
    hash,
    size: Math.max(0, size - (starts.get(path) ?? 0)),
  });
  const remember = (asked: FilePath, place: FilePath) => {
    const decision = files.decisions.get(place);
    const entry = files.entries.get(place) ?? survey.subjects.get(place)?.entry;
    if (decision === undefined || entry === undefined) return;
    if (decision.kind === 'input') inputs.set(place, { entry, carried: decision.carried, changed: false });
    if (decision.kind !== 'output') return;
    const varies = outputs.get(place)?.varies || varied.has(place) || varied.has(asked);
    const left = first?.get(asked) ?? first?.get(place) ?? leftNow(place, entry);
    outputs.set(place, { path: place, ...left, varies });
    if (decision.input) inputs.set(place, { entry, carried: false, changed: true });
  };
  for (const [path, { entry, carried }] of files.before) inputs.set(path, { entry, carried, changed: false });
  for (const { path } of accesses) if (!callers.has(path)) remember(path, survey.resolved.get(path) ?? path);
  for (const [path, { entry, stream, carried }] of callers) {
    if (stream === 'stdin') inputs.set(path, { entry, carried, changed: false });
    else outputs.set(path, { path, ...(first?.get(path) ?? leftNow(path, entry)), varies: varied.has(path) });
  }
  return { inputs: [...inputs.values()], outputs: [...outputs.values()] };
}
