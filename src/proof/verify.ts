import { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import { comparePaths, type FilePath } from '../model/file-path.js';
import type { Owner, PackageRef } from '../model/owner.js';
import type { Substitute } from '../model/resource.js';
import type { Specification } from '../spec/specification.js';
import { expectedAccounts } from './accounts.js';
import { isCode } from './causes.js';
import { treeView } from './entries.js';
import { expectationsOf, type RecordedRun, usedByName } from './expectations.js';
import { installedVersions, shippedSettings } from './installed.js';
import { type JudgeContext, judgeAccess, judgeEntry } from './judge.js';
import {
  countVerdicts,
  isDifferent,
  type PathVerdict,
  type RunProof,
  type SnapshotProof,
  type TreeProof,
} from './proof.js';
import { ruleLookup, variationsOf } from './rules.js';
import { senseComparison } from './sense.js';
import { volatilityOf } from './volatility.js';

export interface VerifyOptions {
  readonly spec: Specification;
  /** The spec's snapshot, where it was read already. */
  readonly snapshot?: FilesystemTrie<FileEntry>;
  /** Ids of the runs to prove; default: all. */
  readonly runs?: readonly string[];
  /** Every entry of the created tree at rest, with content hashes; read once. */
  readonly entries: AsyncIterable<FileEntry> | Iterable<FileEntry>;
  /** Packages that are not the very ones, as is known from when it was made. */
  readonly substitutes?: readonly Substitute[];
  /** Content of a file of the created tree, for comparisons by meaning and for naming causes. */
  readonly readContent?: (path: FilePath) => Promise<Buffer>;
  /** The created machine, for comparisons by meaning that only its own programs can make. */
  readonly machine?: () => Promise<Machine>;
  readonly signal?: AbortSignal;
}

/**
 * Compares a created tree with the traced snapshot: every path that a run used, and then every entry of the snapshot,
 * whether it was used or not.
 */
export async function verifyTree(options: VerifyOptions): Promise<TreeProof> {
  const { spec, signal } = options;
  const created = await FilesystemTrie.of(options.entries, signal);
  const snapshot = options.snapshot ?? (await FilesystemTrie.of(spec.snapshot(), signal));
  const runs = await recordedRuns(spec, options.runs);
  const context = await judgeContext(options, created, snapshot, runs);
  await using _sense = context.bySense;
  const proofs: RunProof[] = [];
  for (const run of runs) proofs.push(await proveRun(run, context));
  const others = await proveSnapshot(snapshot, context, ownersOf(runs, context), signal);
  const volatility = volatilityOf(proofs, (path) => isCodeAt(path, context));
  const paths = proofs.flatMap((proof) => proof.paths);
  const fails = (row: PathVerdict) => isDifferent(row) && row.tolerated !== true;
  return {
    runs: proofs,
    snapshot: others,
    volatility,
    notes: notesOn(spec, runs, snapshot.size),
    ok:
      volatility.ok &&
      ![...paths, ...others.differences].some(fails) &&
      !paths.some((row) => row.verdict === 'unproved'),
  };
}

/** The runs of the spec that a trace was recorded of. */
export async function recordedRuns(spec: Specification, ids?: readonly string[]): Promise<RecordedRun[]> {
  const runs: RecordedRun[] = [];
  for (const { id } of spec.manifest.runs) {
    if (ids !== undefined && !ids.includes(id)) continue;
    const trace = await spec.trace(id);
    if (trace) runs.push({ id, trace });
  }
  return runs;
}

async function judgeContext(
  { spec, substitutes = [], readContent, machine }: VerifyOptions,
  createdTree: FilesystemTrie<FileEntry>,
  snapshot: FilesystemTrie<FileEntry>,
  runs: readonly RecordedRun[],
): Promise<JudgeContext> {
  const expectations = expectationsOf(spec.manifest, runs);
  const origin = treeView(snapshot);
  const created = treeView(createdTree);
  const accounts = expectedAccounts(spec.lock);
  const variations = await variationsOf(spec.manifest);
  const installed = installedVersions(spec.manifest.distributions, created, readContent);
  return {
    origin,
    created,
    expectations,
    installed,
    substituteOf: (reference) => substitutes.find((each) => standsFor(each, reference)),
    isShippedSetting: shippedSettings(spec.manifest.distributions, created, readContent),
    notCarried: (path) => {
      const listed = expectations.listed(path);
      return listed?.carried === false ? (listed.why ?? 'it was left where it is') : undefined;
    },
    madeByStep: expectations.madeByStep,
    ruleFor: await ruleLookup(variations),
    bySense: senseComparison(variations, { origin, created, accounts, readContent, machine }),
  };
}

function standsFor(one: Substitute, other: PackageRef): boolean {
  const isOfName = one.distribution === other.distribution && one.name === other.name;
  return isOfName && one.architecture === other.architecture && one.at === other.at;
}

async function proveRun({ id, trace: { accesses } }: RecordedRun, context: JudgeContext): Promise<RunProof> {
  const used = usedByName(accesses);
  const paths: PathVerdict[] = [];
  for (const access of accesses) paths.push(await judgeAccess(access, used, context));
  return { run: id, paths, totals: countVerdicts(paths) };
}

/** Of what runs used, and of where that led on the origin. */
function ownersOf(runs: readonly RecordedRun[], { origin }: JudgeContext): ReadonlyMap<FilePath, Owner> {
  const owners = new Map<FilePath, Owner>();
  for (const { path, owner } of runs.flatMap(({ trace }) => trace.accesses)) {
    const real = origin.resolve(path);
    owners.set(path, path === real.path ? owner : ofLink(owner));
    if (real.end === 'found' && (!owners.has(real.path) || path === real.path)) owners.set(real.path, owner);
  }
  return owners;
}

/** Of a link on the way to what a run used: it is of the same package, and not itself what was changed. */
function ofLink(owner: Owner): Owner {
  return owner.state === 'modified' ? { ...owner, state: 'owned' } : owner;
}

async function proveSnapshot(
  snapshot: FilesystemTrie<FileEntry>,
  context: JudgeContext,
  owners: ReadonlyMap<FilePath, Owner>,
  signal: AbortSignal | undefined,
): Promise<SnapshotProof> {
  const differences: PathVerdict[] = [];
  for (const entry of snapshot) {
    signal?.throwIfAborted();
    const row = await judgeEntry(entry, owners.get(entry.path), context);
    if (row === undefined) continue;
    differences.push(owners.has(entry.path) || !isUnusedSetting(row) ? row : { ...row, ...tolerance });
  }
  const totals = countVerdicts(differences);
  const equal = snapshot.size - differences.length;
  differences.sort((a, b) => comparePaths(a.path, b.path));
  return { entries: snapshot.size, totals: { ...totals, identical: equal }, differences };
}

/**
 * The one rule under which an entry that no run used may differ: a setting that was edited on the origin is carried
 * only when a run read it; here it is as its package ships it.
 */
function isUnusedSetting({ cause, differences }: PathVerdict): boolean {
  return cause === 'configuration' && differences.every(({ aspect }) => aspect === 'content');
}

const tolerance = { tolerated: true, rule: 'unused-setting' } as const;

function isCodeAt(path: FilePath, { origin }: JudgeContext): (uses: readonly string[]) => boolean {
  const resolution = origin.resolve(path);
  const entry = resolution.end === 'found' ? origin.entry(resolution.path) : undefined;
  return (uses) => isCode(entry?.path ?? path, entry, uses);
}

function notesOn(spec: Specification, runs: readonly RecordedRun[], snapshotSize: number): string[] {
  const notes: string[] = [];
  const listings = runs.reduce(
    (count, { trace }) => count + trace.accesses.filter(({ uses }) => uses.includes('listed')).length,
    0,
  );
  const missing = spec.manifest.runs.length - runs.length;
  if (snapshotSize === 0)
    notes.push('The spec has no snapshot: it was written by hand, and there is nothing to compare with.');
  if (runs.some(({ trace }) => trace.moved))
    notes.push('The spec was given other packages after it was traced: only what did not move is compared.');
  if (missing > 0) notes.push(`Runs of the spec that were not traced or not asked for: ${missing}.`);
  if (listings > 0)
    notes.push(`Folders that were listed: ${listings}; what else lies in them was not recorded, and not compared.`);
  return notes;
}
