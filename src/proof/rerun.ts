import type { Machine } from '../machines/machine.js';
import type { Access, CompleteTrace, Exit } from '../model/access.js';
import { type FilePath, normalizePath, pathFromText, showPath } from '../model/file-path.js';
import { type Progress, silent, stage } from '../model/progress.js';
import { documentPath } from '../model/schemas.js';
import type { ManifestRun } from '../spec/document/schema.js';
import { unfoldOutputs } from '../spec/runs/outputs.js';
import type { RecordedTrace, Specification } from '../spec/specification.js';
import type { StreamChoice, TraceOptions, Tracer } from '../tracing/tracer.js';
import { runUntraced, type UntracedRun } from '../tracing/untraced-run.js';
import { compareAccesses } from './accesses.js';
import { setRight } from './before-run.js';
import { type Blame, blame, missedFile } from './blame.js';
import { type LocatedInput, locateInputs } from './inputs.js';
import { compareOutputs, unrecorded } from './outputs.js';
import { type AccessDifference, isLacking, type RerunReport, type Result, type TreeProof } from './proof.js';
import { ruleLookup, variationsOf } from './rules.js';
import { setScene } from './scene.js';

export interface RerunOptions {
  readonly spec: Specification;
  /** The run's id. */
  readonly run: string;
  /** A throwaway copy of the environment, cut off from the network unless the run is declared to need it. */
  readonly machine: Machine;
  /** Absent where none can follow the machine's programs. */
  readonly tracer?: Tracer;
  /** Where inputs are looked for. */
  readonly host: Machine;
  /** A folder of the host that holds the inputs. */
  readonly inputsFolder?: string;
  /** Start although inputs are missing or are other files. */
  readonly allowMissing?: boolean;
  /** The proof of the environment's files: tells whether a difference can be put down to it. */
  readonly tree?: TreeProof;
  /** Told what the command used this time. */
  readonly seen?: (accesses: readonly Access[]) => void;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Runs a traced command again in the environment, under trace where it can be, and compares what it did and gave. */
export async function rerun(options: RerunOptions): Promise<RerunReport> {
  const { spec, machine, host, signal, progress = silent } = options;
  const run = spec.manifest.runs.find(({ id }) => id === options.run);
  const blank = {
    run: options.run,
    command: [...(run?.command ?? [])],
    started: false,
    inputs: [],
    outputs: [],
    unproved: [],
  };
  if (run === undefined) return { ...blank, reason: 'the spec has no such run', ok: false };
  if (run.masked)
    return { ...blank, reason: 'a secret was masked in the command, so it cannot run as it is', ok: false };
  const recorded = await spec.trace(run.id);
  const expected = recorded?.exit ?? (run.exit === 'unknown' ? undefined : { code: run.exit });
  if (expected === undefined) return { ...blank, reason: endUnknown, ok: false };
  const ruleFor = await ruleLookup(await variationsOf(spec.manifest));
  const sources = { spec, host, folder: options.inputsFolder, signal };
  const located = await locateInputs(run, machine, { ...sources, ruleFor });
  const inputs = located.map(({ report }) => report);
  const lacking = located.filter(({ report }) => isLacking(report));
  if (lacking.length > 0 && options.allowMissing !== true) {
    return { ...blank, inputs, reason: describeLacking(lacking), ok: false };
  }
  await setScene(machine, spec, { run, recorded, inputs: located });
  await setRight(machine, spec, run);
  const { tracer } = options;
  const how = traceOptions(run, machine, signal);
  const trace: UntracedRun & Partial<CompleteTrace> = await stage(progress, `run ${run.id} again`, () =>
    tracer ? tracer.trace(run.command, how) : runUntraced(run.command, how),
  );
  const { accesses: used } = trace;
  if (used) options.seen?.(used);
  const gone = used && missedFile(recorded, used);
  const blamed = blame({ run, recorded, tree: options.tree, inputs, gone });
  const exit = compareExit(expected, trace.exit, blamed);
  const varying = new Set(recorded?.varying.outputs);
  const outputs = await compareOutputs({
    run: { ...run, outputs: unfoldOutputs(run, recorded) },
    machine,
    sources,
    varying,
    blame: blamed,
    ruleFor,
    streams: trace.conditions.streams,
  });
  const comparable = recorded?.moved ? undefined : recorded;
  const accesses =
    comparable && isTraced(trace)
      ? compareAccesses(comparable, trace, { ruleFor, blame: blamed, temporary: temporaryOf(run) })
      : undefined;
  const unproved = [
    ...unrecorded(run, trace.conditions.limits),
    ...unprovedServices(recorded),
    ...(recorded?.conditions.attached ? [beganLate] : []),
    ...(recorded ? [] : [handWritten]),
    ...(recorded && machine.untraceable !== undefined ? [untraced(machine.untraceable)] : []),
    ...(recorded?.moved ? [packagesMoved] : []),
  ];
  return {
    run: run.id,
    command: [...run.command],
    started: true,
    seconds: trace.conditions.seconds,
    inputs,
    exit,
    outputs,
    ...(accesses ? { accesses } : {}),
    unproved,
    ok:
      exit.verdict === 'equal' &&
      outputs.every(isFine) &&
      (accesses?.differences ?? []).every(isExcused) &&
      lacking.length === 0,
  };
}

const endUnknown =
  'the trace left it while it ran, so nobody knows when and how it ends; where it does by itself, write its exit code into the spec in the place of unknown';
const beganLate =
  'The trace on the origin began when the command ran already: what it did before that was not compared.';
const packagesMoved =
  'The spec was given other packages after the run was traced, so the files that it used were not compared.';
const untraced = (why: string) =>
  `The run could not be traced here, so the files that it used were not compared: ${why}.`;
const handWritten = 'The run was not traced on the origin, so the files that it used were not compared.';

function isTraced(run: UntracedRun & Partial<CompleteTrace>): run is CompleteTrace {
  return run.accesses !== undefined;
}

function isFine({ verdict }: Result): boolean {
  return verdict === 'equal' || verdict === 'varies' || verdict === 'ignored';
}

function isExcused({ verdict }: AccessDifference): boolean {
  return verdict === 'excused';
}

/** The conditions of the origin: its environment, user, umask, working directory and redirections. */
function traceOptions(run: ManifestRun, machine: Machine, signal: AbortSignal | undefined): TraceOptions {
  const sameFile =
    typeof run.stdout === 'object' && typeof run.stderr === 'object' && run.stdout.file === run.stderr.file;
  const { user } = run;
  return {
    machine,
    cwd: documentPath(run.cwd),
    environment: run.environment,
    umask: Number.parseInt(run.umask, 8),
    ...(run.limits ? { limits: run.limits } : {}),
    ...(user ? { user: { uid: user.uid, gid: user.gid, ...(user.groups ? { groups: user.groups } : {}) } } : {}),
    streams: {
      stdin: typeof run.stdin === 'object' ? { path: documentPath(run.stdin.file) } : 'ignore',
      // `> log 2>&1` is one open file: opened twice, each would write over the other.
      stdout: outputStream(run.stdout, sameFile),
      stderr: run.printed?.together ? 'with-stdout' : outputStream(run.stderr, sameFile),
    },
    ...(signal ? { signal } : {}),
  };
}

function outputStream(stream: ManifestRun['stdout'], append: boolean): StreamChoice {
  if (stream === 'pipe') return 'record';
  if (typeof stream !== 'object') return 'discard';
  return { path: documentPath(stream.file), ...(append || stream.append ? { append: true } : {}) };
}

function compareExit(origin: Exit, here: Exit, blamed: Blame): Result {
  const [expected, found] = [describeExit(origin), describeExit(here)];
  return origin.code === here.code ? { verdict: 'equal', expected, found } : { ...blamed, expected, found };
}

function describeExit({ code, signal }: Exit): string {
  return signal === undefined ? `exit code ${code}` : `exit code ${code} (${signal})`;
}

function temporaryOf({ environment: { TMPDIR } }: ManifestRun): FilePath[] {
  return TMPDIR?.startsWith('/') ? [normalizePath(pathFromText(TMPDIR))] : [];
}

function unprovedServices(recorded: RecordedTrace | undefined): string[] {
  if (recorded === undefined || recorded.connections.length === 0) return [];
  return [`What came from a service outside the trace is not proved: ${recorded.connections.join(', ')}.`];
}

function describeLacking(lacking: readonly LocatedInput[]): string {
  const shown = lacking.slice(0, 5).map(({ path, report }) => `${showPath(path)} (${report.why ?? report.verdict})`);
  const more = lacking.length > 5 ? ` and ${lacking.length - 5} more` : '';
  return `inputs are not at hand: ${shown.join(', ')}${more}; name the folder that has them with --inputs`;
}
