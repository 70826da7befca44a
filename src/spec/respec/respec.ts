import { basename } from 'node:path';
import { isoDate } from '../../model/epoch.js';
import { scratchFolder } from '../../scratch.js';
import { folderContents } from '../folder/contents.js';
import { writePart } from '../merge/merge.js';
import { type Part, readPart } from '../merge/parts.js';
import type { Specification } from '../specification.js';
import type { PublishedSpec } from '../write.js';
import type { Changes } from './edits.js';
import { stillTrue, trimSnapshot, trimTrace, withoutMade } from './kept.js';
import { moveBase } from './move-base.js';
import { type Move, movesBetween } from './moves.js';
import { type ResolveOptions, resolveHalves } from './resolve-halves.js';

export interface RespecRequest extends Changes, Pick<ResolveOptions, 'host' | 'progress' | 'signal'> {
  readonly spec: Specification;
  /** `debian:11=debian:12`. */
  readonly move?: string;
  /** The spec to write. */
  readonly output: string;
}

export interface Respecified extends PublishedSpec {
  readonly moves: readonly Move[];
  /** Files that tools made of packages that moved: they are made anew there, or not at all. */
  readonly leftOut: readonly string[];
  /** What stands on packages that moved, and was not resolved anew, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * A new spec from one that is there, with other packages, resolved exactly. Runs, files and steps stay; of what was
 * recorded only what is still true, so that nothing is proved against what the packages were before.
 */
export async function respecify(request: RespecRequest): Promise<Respecified> {
  const { spec, move, output, host, progress, signal } = request;
  const context = { host, progress, ...(signal ? { signal } : {}) };
  const part = await readPart(spec, basename(spec.file), context);
  const base = move === undefined ? spec.manifest.base : await moveBase(spec, move);
  const isMoved = base !== spec.manifest.base;
  await using scratch = await scratchFolder('respec');
  const contents = folderContents(scratch.path);
  const resolved = await resolveHalves(spec, part, { changes: request, base, isMoved, contents, ...context });
  const { halves, epochs, manifests, notes } = resolved;
  const moves = movesBetween(part.halves, halves, resolved);
  const epoch = isoDate(Math.max(0, ...epochs.values()));
  const changed = { ...part, halves, epochs, manifest: { ...spec.manifest, base, distributions: manifests, epoch } };
  const { leftOut, ...trimmed } = moves.length > 0 ? trim(changed, part) : { ...changed, leftOut: [] };
  return { ...(await writePart(trimmed, [spec], output, { added: scratch.path })), moves, leftOut, notes };
}

/** Without the records that are not true any more of packages that moved. */
function trim(part: Part, before: Part): Part & { readonly leftOut: readonly string[] } {
  const truth = stillTrue(before.halves, part.halves);
  const { isTrue } = truth;
  const traces = [...part.steps, ...part.runs].flatMap(({ trace }) => trace ?? []);
  const accesses = [...part.paths, ...traces.flatMap((trace) => trace.accesses)];
  const { manifest, leftOut } = withoutMade(part.manifest, accesses, truth);
  const entries = trimSnapshot(part.snapshot, manifest, accesses.filter(isTrue));
  const trimmed = <T extends Part['runs'][number] | Part['steps'][number]>(one: T): T =>
    one.trace ? { ...one, trace: trimTrace(one.trace, isTrue) } : one;
  return {
    ...part,
    manifest,
    leftOut,
    snapshot: new Map(entries.map((entry) => [entry.path, entry])),
    runs: part.runs.map(trimmed),
    steps: part.steps.map(trimmed),
    paths: part.paths.filter(isTrue),
  };
}
