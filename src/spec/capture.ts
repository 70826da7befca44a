import { requireBase } from '../distributions/base-of.js';
import { identify } from '../distributions/identify.js';
import type { Machine } from '../machines/machine.js';
import type { Trace } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import { type Progress, silent, stage } from '../model/progress.js';
import { assembleManifest, isoDate } from './capture/assemble.js';
import { findCallersFiles } from './capture/callers-files.js';
import { collectFiles } from './capture/collect.js';
import { listRemoved } from './capture/removed.js';
import { mergeAccesses, type OutputHashes } from './capture/repeats.js';
import { sealTrace } from './capture/seal.js';
import { writeSpecSnapshot } from './capture/snapshot.js';
import { type CaptureSummary, summarize } from './capture/summary.js';
import { surveyAccesses } from './capture/survey.js';
import { maskDeep, maskUrls } from './secrets/mask.js';
import { loadNeverCarry } from './secrets/never-carry.js';
import { draftSpecification } from './write.js';

export interface CaptureOptions {
  /** The largest file of code or configuration that is carried, in bytes; default 64 MiB. */
  readonly carryLimit?: number;
  /** The largest tool tree that is carried, in bytes; default 4 GiB. */
  readonly treeLimit?: number;
  /** Carry data inputs too. */
  readonly carryInputs?: boolean;
  /** Files and folders that are carried whatever the rules say. */
  readonly carry?: readonly FilePath[];
  /** Names of further environment variables to keep. */
  readonly environment?: readonly string[];
  readonly repack?: 'missing' | 'all' | 'none';
}

export interface CaptureRequest {
  /** More than one where the run was repeated; the first is the one that is kept. */
  readonly traces: readonly [Trace, ...Trace[]];
  /** What each run left, from `hashOutputs` at once after it. */
  readonly outputHashes?: readonly OutputHashes[];
  /** Where the command ran. */
  readonly machine: Machine;
  /** Where the caller's shell runs, and what it redirected lies: given where the command ran on another machine. */
  readonly caller?: Machine;
  /** The manifest to write; its folder goes beside it. */
  readonly output: string;
  readonly options?: CaptureOptions;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export const defaultCarryLimit = 64 * 1024 * 1024;
const defaultTreeLimit = 4 * 1024 * 1024 * 1024;

/** Turns the trace of a run into a spec: identifies what it used, carries what no package has, and writes it all down. */
export async function capture(request: CaptureRequest): Promise<CaptureSummary> {
  const { traces, machine, output, options = {}, progress = silent, signal, outputHashes = [] } = request;
  await using draft = await draftSpecification(output);
  const accesses = mergeAccesses(traces);
  const context = { progress, ...(signal ? { signal } : {}) };
  const identification = await identify(machine, accesses, context);
  const base = identification.base ?? (await requireBase(machine, signal));
  const survey = await surveyAccesses(machine, accesses, identification.owners, signal);
  const never = await loadNeverCarry();
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
        carryInputs: options.carryInputs ?? false,
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
    ids: files.ids,
    ...context,
  });
  const closure = finished.flatMap((one) => one.files);
  const callers = await findCallersFiles({
    trace: traces[0],
    caller: request.caller,
    never,
    contents: draft.contents,
    carryInputs: options.carryInputs ?? false,
    signal,
  });
  const sealed = sealTrace({
    traces,
    outputHashes,
    callers,
    owners: identification.owners,
    survey,
    files,
    added: options.environment,
  });
  const epoch = Math.max(0, ...finished.map((one) => one.epoch));
  const manifest = assembleManifest({
    base,
    distributions: finished.map((one) => maskDeep(one.manifest, maskUrls)),
    files: files.manifestFiles(new Set(closure)),
    absent: listRemoved(accesses, identification.owners),
    run: sealed.run,
    platform: machine.platform,
    epoch,
  });
  await draft.addTrace(sealed.run.id, sealed.trace);
  const snapshot = await stage(
    progress,
    'taking the snapshot',
    (advance) => writeSpecSnapshot({ draft, machine, closure, survey, files, never, advance, signal }),
    { unit: 'files', summary: (entries) => `${entries} entries` },
  );
  const halves = finished.map(({ lock, epoch }) => ({ lock: { ...maskDeep(lock, maskUrls) }, epoch }));
  const published = await draft.publish(manifest, halves);
  const distributions = halves.map(({ lock }) => lock);
  return summarize({ manifest, distributions, finished, files, sealed, snapshot, published, epoch: isoDate(epoch) });
}
