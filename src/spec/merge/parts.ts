import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { Progress } from '../../model/progress.js';
import type { Manifest } from '../document/schema.js';
import { resolveSpecification } from '../resolve.js';
import type { AccessRecord, Specification } from '../specification.js';
import { versionConflicts } from './halves.js';
import type { RunWithTrace } from './runs.js';
import type { StepRecord } from './steps.js';

/** One spec that is put together with others, in memory but for its contents. */
export interface Part {
  /** For messages: of the whole, and of the spec that an entry of the snapshot is of. */
  readonly name: string;
  readonly nameFor: (path: FilePath) => string;
  readonly manifest: Manifest;
  readonly halves: readonly LockHalf[];
  /** The newest date of the packages of each half. */
  readonly epochs: ReadonlyMap<string, number>;
  readonly snapshot: ReadonlyMap<FilePath, FileEntry>;
  readonly steps: readonly StepRecord[];
  readonly runs: readonly RunWithTrace[];
  /** Of paths that no run used. */
  readonly paths: readonly AccessRecord[];
}

/** Reads all of a spec but its contents; one that was edited is resolved, with what the archives have. */
export async function readPart(
  spec: Specification,
  name: string,
  context: { readonly host: Machine; readonly progress: Progress; readonly signal?: AbortSignal },
): Promise<Part> {
  const { lock } = await resolveSpecification(spec, context);
  const snapshot = new Map<FilePath, FileEntry>();
  for await (const entry of spec.snapshot()) snapshot.set(entry.path, entry);
  const runs: RunWithTrace[] = [];
  for (const run of spec.manifest.runs) runs.push({ run, trace: await spec.trace(run.id) });
  const steps: StepRecord[] = [];
  for (const step of spec.manifest.steps ?? []) steps.push({ step, trace: await spec.trace(step.id) });
  const epochs = new Map(Object.entries(lock.halves).map(([half, { epoch }]) => [half, epoch]));
  const { manifest } = spec;
  return {
    name,
    nameFor: () => name,
    manifest,
    halves: lock.distributions,
    epochs,
    snapshot,
    steps,
    runs,
    paths: await spec.paths(),
  };
}

/** An environment stands on one system. */
export function refuseOtherBase(one: Pick<Part, 'name' | 'manifest'>, other: Pick<Part, 'name' | 'manifest'>): void {
  const [base, otherBase] = [one.manifest.base, other.manifest.base];
  const keys = ['distribution', 'release', 'architecture', 'layout'] as const;
  const differing = keys.filter((key) => base[key] !== otherBase[key]);
  if (differing.length === 0) return;
  const said = differing.map((key) => `${key} ${base[key]} in ${one.name}, ${otherBase[key]} in ${other.name}`);
  throw new ReproError('usage', `the specs have not the same base: ${said.join('; ')}`, {
    remedy: 'one environment has one base: keep a spec for each',
  });
}

const shownLimit = 5;

/** Of a package an environment has one version. */
export function refuseOtherVersions(one: Part, other: Part): void {
  const conflicts = versionConflicts(one.halves, other.halves);
  if (conflicts.length === 0) return;
  const shown = conflicts
    .slice(0, shownLimit)
    .map(({ name, versions }) => `${name} is ${versions[0]} in ${one.name}, ${versions[1]} in ${other.name}`);
  const more = conflicts.length > shownLimit ? `; and ${conflicts.length - shownLimit} more` : '';
  throw new ReproError('usage', `packages are not of the same versions: ${shown.join('; ')}${more}`, {
    remedy: 'keep a spec for each, or trace again what ran with the other versions',
  });
}
