import { requireBase } from '../distributions/base-of.js';
import { identify } from '../identification/identify.js';
import type { Machine, Unreadable } from '../machines/machine.js';
import type { SeenEntries } from '../machines/seen-files.js';
import type { Access, Trace } from '../model/access.js';
import { isoDate } from '../model/epoch.js';
import { type FilePath, isWithin, pathFromText, showPath } from '../model/file-path.js';
import { type Progress, silent, stage } from '../model/progress.js';
import { documentPath } from '../model/schemas.js';
import type { Lock } from '../spec/document/schema.js';
import { maskDeep, maskUrls } from '../spec/secrets/mask.js';
import { loadNeverCarry } from '../spec/secrets/never-carry.js';
import { draftSpecification } from '../spec/write.js';
import { assembleManifest } from './assemble.js';
import { findCallersFiles } from './callers-files.js';
import { collectFiles } from './collect.js';
import { containerRuns, identifyImages } from './container-runs.js';
import { findHostNeeds } from './host-needs.js';
import { identifyFiles } from './image-files.js';
import { describeInstallation } from './install.js';
import { findProvenance } from './provenance.js';
import { listRemoved } from './removed.js';
import { mergeAccesses, type OutputHashes } from './repeats.js';
import { sealAccess, sealTrace } from './seal.js';
import { asRecord } from './seal-processes.js';
import { writeSpecSnapshot } from './snapshot.js';
import { type CaptureSummary, summarize } from './summary.js';
import { surveyAccesses } from './survey.js';

export interface CaptureOptions {
  /** The largest file of code or configuration that is carried, in bytes; default 64 MiB. */
  readonly carryLimit?: number;
  /** The largest tool tree that is carried, in bytes; default 4 GiB. */
  readonly treeLimit?: number;
  /** Carry data inputs too. */
  readonly carryInputs?: boolean;
  /** The command installs something: it becomes a step that create does again, and what it leaves is carried. */
  readonly install?: boolean;
  /** Files and folders that are carried whatever the rules say. */
  readonly carry?: readonly FilePath[];
  /** Names of further environment variables to keep. */
  readonly environment?: readonly string[];
  readonly repack?: 'missing' | 'all' | 'none';
}

export interface CaptureRequest {
  /** More than one where the run was repeated; the first is the one that is kept. None where nothing ran. */
  readonly traces: readonly Trace[];
  /** Where nothing ran: what the spec is to hold, used or not. */
  readonly paths?: readonly Access[];
  /** What was seen of the machine already: it is not looked at again to find whose it is. */
  readonly seen?: SeenEntries;
  /** What each run left, from `hashOutputs` at once after it. */
  readonly outputHashes?: readonly OutputHashes[];
  /** Where the command ran. */
  readonly machine: Machine;
  /** Where the caller's shell runs, and what it redirected lies: given where the command ran on another machine. */
  readonly caller?: Machine;
  /** What the machine was made from, where it is a resource of ours. */
  readonly former?: Lock | undefined;
  /** The manifest to write; its folder goes beside it. */
  readonly output: string;
  readonly options?: CaptureOptions;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export const defaultCarryLimit = 64 * 1024 * 1024;
const defaultTreeLimit = 4 * 1024 * 1024 * 1024;

/**
 * Turns the trace of a run, or a list of paths, into a spec: identifies what was used, carries what no package has, and
 * writes it all down.
 */
export async function capture(request: CaptureRequest): Promise<CaptureSummary> {
  const { traces, machine, output, options = {}, progress = silent, signal, outputHashes = [] } = request;
  await using draft = await draftSpecification(output);
  const accesses = request.paths ?? mergeAccesses(traces);
  const context = { progress, ...(signal ? { signal } : {}) };
  const installs = options.install ?? false;
  const carryInputs = installs || (options.carryInputs ?? false);
  const never = await loadNeverCarry();
  const isNamed = (path: FilePath) => options.carry?.some((named) => isWithin(path, named)) === true;
  const identification = await identify(machine, accesses, {
    ...context,
    ...(request.seen ? { seen: request.seen } : {}),
    environments: () => environmentsOf(traces),
    mayCarry: (path, head) => isNamed(path) || (!never.byPath(path) && !never.byContent(path, head, false)),
  });
  const base = identification.base ?? (await requireBase(machine, signal));
  const survey = await surveyAccesses(machine, accesses, identification.owners, signal);
  const files = await stage(
    progress,
    'carrying files that no package has',
    (advance) =>
      collectFiles({
        machine,
        traces,
        survey,
        packageRoots: identification.roots,
        never,
        outputHashes,
        contents: draft.contents,
        carryLimit: options.carryLimit ?? defaultCarryLimit,
        treeLimit: options.treeLimit ?? defaultTreeLimit,
        carryInputs,
        installs,
        named: options.carry ?? [],
        advance,
        signal,
      }),
    { unit: 'bytes' },
  );
  const finished = await identification.finish({
    machine,
    contents: draft.contents,
    repack: options.repack ?? 'missing',
    mayCarry: (path, head) => !never.byPath(path) && !never.byContent(path, head, true),
    isNew: (path) => !installs && survey.subjects.get(path)?.before === 'absent',
    ids: files.ids,
    ...(request.former ? { former: request.former.distributions } : {}),
    ...context,
  });
  const closure = finished.flatMap((one) => one.files);
  const facts = { owners: identification.owners, survey, files };
  const traced = isAny(traces)
    ? sealTrace({
        traces,
        containers: await containersOf(traces),
        outputHashes,
        callers: await callersFiles(traces[0]),
        ...facts,
        added: options.environment,
      })
    : undefined;
  const described = files.manifestFiles(new Set(closure));
  // Of what the run changed the machine says nothing any more.
  const inputs = (traced?.run.inputs ?? []).filter(({ path }) => !files.before.has(documentPath(path)));
  const used = [...described, ...inputs];
  const provenance = await findProvenance({ machine, files: used, survey, signal });
  const listed = described.map(provenance.note);
  const sealed = traced && { ...traced, run: { ...traced.run, inputs: traced.run.inputs.map(provenance.note) } };
  const paths = sealed?.trace.accesses ?? accesses.map((access) => sealAccess(access, facts));
  const epoch = Math.max(0, ...finished.map((one) => one.epoch));
  const [trace] = traces;
  const installation =
    installs && sealed && trace ? describeInstallation({ trace, run: sealed.run, survey, files, listed }) : undefined;
  const unread: string[] = [];
  const unreadable: Unreadable = (path, code) =>
    unread.push(`${showPath(path)} cannot be read (${code}): a version that it tells is not known.`);
  const manifest = assembleManifest({
    base,
    distributions: finished.map((one) => maskDeep(one.manifest, maskUrls)),
    files: installation?.files ?? listed,
    absent: listRemoved(accesses, identification.owners),
    steps: installation ? [installation.step] : [],
    runs: sealed && !installation ? [sealed.run] : [],
    host: await findHostNeeds(paths, request.caller ? [machine, request.caller] : [machine], unreadable),
    platform: machine.platform,
    epoch,
  });
  if (sealed) await draft.addTrace(sealed.run.id, sealed.trace);
  else await draft.addPaths(paths);
  const snapshot = await stage(
    progress,
    'taking the snapshot',
    (advance) => writeSpecSnapshot({ draft, machine, closure, survey, files, never, installs, advance, signal }),
    { unit: 'files', summary: (entries) => `${entries} entries` },
  );
  const halves = finished.map(({ lock, epoch }) => ({ lock: { ...maskDeep(lock, maskUrls) }, epoch }));
  const published = await draft.publish(manifest, halves);
  const distributions = halves.map(({ lock }) => lock);
  const { overlaps } = identification;
  const what = { manifest, distributions, finished, files, paths, overlaps, sealed, snapshot, published };
  const problems = [...identification.problems, ...provenance.notes, ...unread];
  return summarize({ ...what, problems, epoch: isoDate(epoch) });

  async function containersOf([{ processes }]: readonly [Trace, ...Trace[]]) {
    const ofEngines = await identifyImages(containerRuns(processes), (request.caller ?? machine).shell, signal);
    return identifyFiles(ofEngines, machine.files, signal);
  }

  function callersFiles(trace: Trace) {
    const { contents } = draft;
    return findCallersFiles({ trace, caller: request.caller, never, contents, carryInputs, signal });
  }
}

/** Of the commands as they were started, and of all their processes. */
function* environmentsOf(traces: readonly Trace[]): Generator<ReadonlyMap<string, string>> {
  for (const { conditions, environments = {} } of traces) {
    const asStarted = Object.entries(conditions.environment).map(
      ([name, value]) => [name, pathFromText(value)] as const,
    );
    yield new Map(asStarted);
    for (const variables of Object.values(environments)) {
      yield new Map(Object.entries(asRecord(variables)));
    }
  }
}

function isAny(traces: readonly Trace[]): traces is readonly [Trace, ...Trace[]] {
  return traces.length > 0;
}
