import { join } from 'node:path';
import type { StandIns } from '../../archives/stand-ins.js';
import { loadVariations } from '../../distributions/load.js';
import { ReproError } from '../../errors.js';
import { isEngineFile } from '../../filesystem/engine-files.js';
import { writeSnapshot } from '../../filesystem/snapshot.js';
import { volatileMatcher, volatileRules } from '../../filesystem/volatile.js';
import type { Sha256 } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import { type Progress, silent, stage } from '../../model/progress.js';
import { layoutOf, parts } from '../folder/layout.js';
import { unionOfStandIns } from '../folder/stand-ins.js';
import { inputsOf, makesOf } from '../runs/steps.js';
import type { Specification } from '../specification.js';
import { draftSpecification, type PublishedSpec } from '../write.js';
import { joinParts } from './join.js';
import { type Part, readPart } from './parts.js';

export interface MergeRequest {
  /** With what each is called in messages. */
  readonly specs: readonly { readonly spec: Specification; readonly name: string }[];
  /** The manifest to write; its folder goes beside it. */
  readonly output: string;
  /** Each began where the one before it had ended; by default they ran apart from each other, on any machines. */
  readonly inOrder?: boolean;
  /** What the spec brings in the place of artifacts. Default: what these bring, the first before the others. */
  readonly standIns?: StandIns;
  /** Where the archives are asked from, of a spec that was edited. */
  readonly host: Machine;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What came of putting specs together. */
export interface Merged extends PublishedSpec {
  readonly runs: readonly string[];
  readonly distributions: readonly { readonly name: string; readonly packages: number }[];
  /** What they contradict each other in, file by file, in whole sentences. */
  readonly conflicts: readonly string[];
}

/**
 * Puts specs of one base together: the union of their packages and files, and all their runs. What an earlier run left
 * for a later one is no input to carry. Where two contradict each other about a file, the later is right, and says so.
 */
export async function mergeSpecifications(request: MergeRequest): Promise<Merged> {
  const { specs, output, inOrder = false, standIns, host, progress = silent, signal } = request;
  const context = { host, progress, ...(signal ? { signal } : {}) };
  return await stage(progress, 'put the specs together', async () => {
    const [first, ...others] = await Promise.all(specs.map(({ spec, name }) => readPart(spec, name, context)));
    if (first === undefined) throw new ReproError('usage', 'there is no spec to put together');
    const conflicts = new Set<string>();
    const mayDiffer = await differenceRule([first, ...others]);
    const tell = (sentence: string) => void conflicts.add(sentence);
    let whole = first;
    for (const part of others) whole = joinParts(whole, part, { inOrder, mayDiffer, tell });
    const those = specs.map(({ spec }) => spec);
    const published = await writePart(whole, those, output, { ...(standIns && { standIns }) });
    const distributions = whole.halves.map(({ name, packages = [] }) => ({ name, packages: packages.length }));
    return { ...published, runs: whole.runs.map(({ run }) => run.id), distributions, conflicts: [...conflicts] };
  });
}

/** What may differ between any two machines is no contradiction. */
async function differenceRule(all: readonly Part[]): Promise<(path: FilePath) => boolean> {
  const names = all.flatMap(({ manifest, halves }) => [manifest.base.distribution, ...halves.map(({ name }) => name)]);
  const own = (await loadVariations(names)).flatMap(({ volatile = [] }) => volatile);
  const ruleFor = volatileMatcher([...(await volatileRules()), ...own]);
  return (path) => isEngineFile(path) || ruleFor(path) !== undefined;
}

export interface PartExtras {
  /** A folder of new contents. */
  readonly added?: string;
  /** Default: what the specs bring, the first before the others. */
  readonly standIns?: StandIns;
}

/** Writes a spec that was put together, with the contents that these have, and what they bring in the place of artifacts. */
export async function writePart(
  whole: Part,
  specs: readonly Pick<Specification, 'file' | 'standIns'>[],
  output: string,
  { added, standIns = unionOfStandIns(specs) }: PartExtras = {},
): Promise<PublishedSpec> {
  await using draft = await draftSpecification(output);
  const needed = contentsOf(whole);
  const folders = specs.map(({ file }) => join(layoutOf(file).folder, parts.contents));
  for (const folder of added === undefined ? folders : [...folders, added]) await draft.takeContents(folder, needed);
  await draft.takeStandIns(standIns);
  for (const { run, trace } of whole.runs) if (trace) await draft.addTrace(run.id, trace);
  for (const { step, trace } of whole.steps) if (trace) await draft.addTrace(step.id, trace);
  if (whole.paths.length > 0) await draft.addPaths(whole.paths);
  const entries = [...whole.snapshot.values()].sort((a, b) => comparePaths(a.path, b.path));
  if (entries.length > 0) await draft.addSnapshot((file) => writeSnapshot(file, entries).then(() => entries.length));
  const halves = whole.halves.map((lock) => ({ lock, epoch: whole.epochs.get(lock.name) ?? 0 }));
  return await draft.publish(whole.manifest, halves);
}

/** What is named by its hash, and carried. */
function contentsOf({ manifest, halves, snapshot }: Part): Set<Sha256> {
  const steps = (manifest.steps ?? []).flatMap((step) => [...inputsOf(step), ...makesOf(step)]);
  const named = [...manifest.files, ...steps, ...manifest.runs.flatMap(({ inputs }) => inputs)];
  const hashes = new Set(named.flatMap(({ carried, sha256 }) => (carried && sha256 ? [sha256] : [])));
  for (const { hash } of snapshot.values()) if (hash) hashes.add(hash);
  for (const [hash] of JSON.stringify(halves).matchAll(/\b[0-9a-f]{64}\b/g)) hashes.add(hash);
  return hashes;
}
