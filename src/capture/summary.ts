import type { FinishedDistribution } from '../identification/finish.js';
import { describeOverlaps, type Overlap } from '../identification/overlaps.js';
import { type ClassCounts, countClasses } from '../model/classes.js';
import { showPath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import { describeManaged, describeOrigin } from '../spec/document/origin-text.js';
import type { HostNeed, Manifest, ManifestFile, ManifestInput, ManifestRun } from '../spec/document/schema.js';
import { unfoldOutputs } from '../spec/runs/outputs.js';
import type { AccessRecord, RecordedTrace } from '../spec/specification.js';
import type { PublishedSpec } from '../spec/write.js';
import type { CollectedFiles } from './collect.js';
import type { SealedRun } from './seal.js';

/** What came of a trace or of a list of paths, in numbers and names: for people, and for `--json`. */
export interface CaptureSummary {
  readonly manifest: string;
  readonly folder: string;
  readonly folderBytes: number;
  /** Absent where nothing ran. */
  readonly run?: string;
  readonly exit?: ManifestRun['exit'];
  /** The run is a step of the spec, which create does again. */
  readonly step?: true;
  /** Paths that the run used, or that were asked for, and that are there. */
  readonly used: number;
  /** How many of these are of each class: together all of them. */
  readonly classes: ClassCounts;
  readonly absent: number;
  readonly snapshotEntries: number;
  readonly epoch: string;
  readonly distributions: readonly DistributionCount[];
  readonly carried: readonly SummaryFile[];
  readonly notCarried: readonly SummaryFile[];
  readonly inputs: readonly SummaryFile[];
  readonly outputs: readonly SummaryFile[];
  readonly leftOut: readonly { readonly path: string; readonly rule: string; readonly why: string }[];
  /** Bound to the machine that runs: never carried. */
  readonly hostBound: readonly { readonly path: string; readonly rule: string }[];
  /** What the machine that runs must have itself, and how that is matched. */
  readonly host: readonly HostNeed[];
  readonly variables: { readonly leftOut: number; readonly masked: readonly string[] };
  /** How many paths packages of several distributions claim. */
  readonly overlaps: number;
  readonly commandMasked: boolean;
  readonly varying: { readonly accesses: number; readonly outputs: readonly string[] };
  readonly connections: readonly string[];
  /** Of a run that was added to others: all of the spec, and what the spec says of files that are not as they were before. */
  readonly runs?: readonly string[];
  readonly conflicts?: readonly string[];
  /** What could not be seen or rebuilt, and other facts, in whole sentences. */
  readonly notes: readonly string[];
}

export interface DistributionCount {
  readonly name: string;
  readonly used: number;
  readonly closure: number;
  readonly repacked: number;
  readonly problems: number;
}

export interface SummaryFile {
  readonly path: string;
  readonly size?: number;
  /** Of a tree. */
  readonly files?: number;
  readonly why?: string;
}

export function summarize(from: {
  readonly manifest: Manifest;
  readonly distributions: readonly LockHalf[];
  readonly finished: readonly FinishedDistribution[];
  readonly files: CollectedFiles;
  readonly paths: readonly AccessRecord[];
  readonly overlaps: readonly Overlap[];
  readonly problems: readonly string[];
  readonly sealed: SealedRun | undefined;
  readonly snapshot: number;
  readonly published: PublishedSpec;
  readonly epoch: string;
}): CaptureSummary {
  const { manifest, files, paths, overlaps, sealed, published } = from;
  const { run, trace } = sealed ?? {};
  const found = paths.filter(({ uses }) => uses.some((use) => use !== 'absent'));
  const listed = manifest.files.map((file) => ({
    carried: file.carried,
    path: file.path,
    ...(file.tree
      ? { size: file.tree.size, files: file.tree.files }
      : file.size === undefined
        ? {}
        : { size: file.size }),
    ...whyOf(file.why, file),
  }));
  const strip = ({ carried: _carried, ...file }: (typeof listed)[number]): SummaryFile => file;
  return {
    manifest: published.manifest,
    folder: published.folder,
    folderBytes: published.size,
    ...(run ? { run: run.id, exit: run.exit } : {}),
    ...(manifest.steps ? { step: true as const } : {}),
    used: found.length,
    classes: countClasses(found),
    absent: paths.length - found.length,
    snapshotEntries: from.snapshot,
    epoch: from.epoch,
    distributions: from.distributions.map(countPackages),
    carried: listed.filter((file) => file.carried).map(strip),
    notCarried: listed.filter((file) => !file.carried).map(strip),
    inputs: listInputs(run?.inputs ?? []),
    outputs: (run?.outputs ?? []).map(({ path, files: below, size, varies }) => ({
      path,
      ...(below === undefined ? {} : { files: below }),
      ...(size === undefined ? {} : { size }),
      ...(varies ? { why: 'varies from run to run' } : {}),
    })),
    leftOut: files.leftOut
      .filter(({ rule }) => !ordinaryRules.has(rule))
      .map((one) => ({ ...one, path: showPath(one.path) })),
    hostBound: found
      .filter(({ owner }) => owner.state === 'host-bound')
      .map(({ path, owner }) => ({ path: showPath(path), rule: owner.rule ?? 'host' })),
    host: manifest.host ?? [],
    variables: { leftOut: sealed?.variablesLeftOut ?? 0, masked: sealed?.variablesMasked ?? [] },
    overlaps: overlaps.length,
    commandMasked: run?.masked === true,
    varying: {
      accesses: trace?.varying.accesses.length ?? 0,
      outputs: run && trace ? varyingOutputs(run, trace) : [],
    },
    connections: trace?.connections ?? [],
    notes: [
      ...(trace?.notes ?? []),
      ...files.notes,
      ...describeOverlaps(overlaps),
      ...new Set([...from.problems, ...from.finished.flatMap((one) => one.notes)]),
      ...streamNotes(run?.stdin),
    ],
  };
}

/** What a run read, with what is to be said of each. */
export function listInputs(inputs: readonly ManifestInput[]): SummaryFile[] {
  return inputs.map((input) => {
    const { path, size, carried, before, from } = input;
    const unknown = before && 'changed by the run; what it was before is not known';
    const made = input.origin || from === undefined ? undefined : `made by ${from}`;
    const why = carried ? 'carried' : from === undefined ? unknown : made;
    return { path, ...(size === undefined ? {} : { size }), ...whyOf(why, input) };
  });
}

/** What is said of a file, with where it is from and what manages it. */
function whyOf(why: string | undefined, file: Pick<ManifestFile, 'origin' | 'managed'>): { why?: string } {
  const all = [why, describeOrigin(file), describeManaged(file)].filter((part) => part !== undefined);
  return all.length === 0 ? {} : { why: all.join('; ') };
}

function varyingOutputs(run: ManifestRun, trace: RecordedTrace): string[] {
  return unfoldOutputs(run, trace).flatMap((one) => (one.varies ? [one.path] : []));
}

/** Rules whose files nobody would miss. */
const ordinaryRules = new Set(['kernel-interface', 'absent', 'tracer', 'device', 'socket']);

function countPackages(lock: LockHalf): DistributionCount {
  const { packages = [] } = lock;
  return {
    name: lock.name,
    used: packages.filter((one) => one.used).length,
    closure: packages.length,
    repacked: packages.filter((one) => one.certainty === 'repacked').length,
    problems: packages.filter((one) => (one.problems?.length ?? 0) > 0).length,
  };
}

function streamNotes(stdin: unknown): string[] {
  return stdin === 'pipe' ? ['Standard input was a pipe: what came through it is not part of the spec.'] : [];
}
