import type { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
import type { Build } from '../archives/build.js';
import { type Fetched, fetchArtifacts } from '../archives/fetch.js';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import type { Layer } from '../archives/tree-entries.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { PackageRef } from '../model/owner.js';
import type { BootstrapPlan, Plan, PlannedPackage } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import type { BaseSystem } from '../packaging/base-system.js';
import { customize } from '../planning/customize.js';
import { bootstrapOf, withArtifacts } from '../planning/fetched.js';
import { isAsRecorded, type StepOutcome } from '../planning/replay.js';
import type { Specification } from '../spec/specification.js';
import type { Layers } from './layers.js';
import { makeWorkFolder, removeWorkFolder, workFolderEffect } from './work-folder.js';

export interface BuildOptions {
  readonly spec: Specification;
  readonly plan: Plan;
  readonly name: string;
  readonly base: BaseSystem;
  readonly backend: Backend;
  /** What the backend acts on. */
  readonly host: Machine;
  /** This machine, which fetches and makes the bare system. */
  readonly here: Machine;
  readonly store: ContentFolder;
  readonly inventoryFolder: string;
  readonly layers: Layers | undefined;
  readonly require?: Requirement | undefined;
  /** Builds packages that nobody has. */
  readonly build?: Build;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Journals an effect before it happens. */
  readonly record: (effect: Effect) => Promise<void>;
  /** Makes the resource from the bare system. */
  readonly place: (tree: Readable) => Promise<Resource>;
}

/** One step of the ladder, for people and `--json`. */
export interface FetchedPackage
  extends Pick<Fetched, 'rung' | 'from' | 'tried' | 'verifiedBy' | 'sameness' | 'evidence' | 'version'> {
  readonly package: PackageRef;
}

export interface BuiltTree {
  readonly resource: Resource;
  /** Where each package came from; none are needed of a finished tree from the cache. */
  readonly fetched: readonly FetchedPackage[];
  /** What came of each step of the spec; none are done in a finished tree from the cache. */
  readonly steps: readonly StepOutcome[];
  /** What was taken from the cache of trees. */
  readonly taken?: Layer;
}

/** Gets the packages, makes the bare system of them, or takes the one that was made before, and customizes it. */
export async function buildTree(options: BuildOptions): Promise<BuiltTree> {
  const { spec, plan, here, store, record, progress = silent, signal } = options;
  const { tree: whole } = plan.bootstrap;
  if (whole !== undefined) return { resource: await options.place(spec.contents.open(whole)), fetched: [], steps: [] };
  const cancel = signal ? { signal } : {};
  const wanted = [...plan.bootstrap.packages, ...plan.artifacts];
  const artifacts = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host: here, offers: offersOf(here), services: servicesFor, progress },
    ...{ require: options.require, ...(options.build && { build: options.build }), ...cancel },
  });
  const work = await workFolderEffect(options.inventoryFolder, options.name);
  await record(work);
  const workFolder = await makeWorkFolder(work);
  const bare = bootstrapOf(plan.bootstrap, artifacts);
  const layer = options.layers?.bare(artifacts);
  const taken = await layer?.take();
  await using keeping = taken ? undefined : layer?.keep();
  const tree =
    taken ??
    (await options.base.build(bare.plan, { host: here, artifacts: bare.artifacts, workFolder, progress, ...cancel }));
  const resource = await options.place(keeping?.copy(tree) ?? tree);
  await removeWorkFolder(work, here);
  await keeping?.commit();
  const steps = await customizeResource(resource, artifacts, bare.plan, options);
  const fetched = wanted.flatMap((each) => fetchedPackage(each, artifacts));
  return { resource, fetched, steps, ...(taken && { taken: 'bare' }) };
}

/** Whether another build of the same plan gives the same: of the very packages, and nothing had to be put right. */
export function isRepeatable({ fetched, steps }: BuiltTree): boolean {
  return fetched.every(({ sameness }) => sameness === 'exact') && steps.every(isAsRecorded);
}

function fetchedPackage(planned: PlannedPackage, artifacts: ReadonlyMap<PlannedPackage, Fetched>): FetchedPackage[] {
  const fetched = artifacts.get(planned);
  if (!fetched) return [];
  const { distribution, name, version, architecture, at } = planned;
  const { rung, from, tried, verifiedBy, sameness, evidence, version: instead } = fetched;
  const reference = { distribution, name, version, ...(architecture && { architecture }), ...(at && { at }) };
  const found = { rung, from, tried, verifiedBy, sameness, ...(evidence && { evidence }) };
  return [{ package: reference, ...found, ...(instead !== undefined && { version: instead }) }];
}

/** The second stage, in the bare system: the packages must be those of the plan before anything is put on top. */
async function customizeResource(
  resource: Resource,
  artifacts: ReadonlyMap<PlannedPackage, Fetched>,
  bare: BootstrapPlan,
  { spec, host, backend, plan, base, progress = silent, signal }: BuildOptions,
): Promise<StepOutcome[]> {
  await using machine = await backend.connect(resource, host);
  const differences = await base.check(bare, machine);
  if (differences.length > 0) {
    const shown = differences.slice(0, 10).join('; ') + (differences.length > 10 ? '; ...' : '');
    throw new ReproError('step-failed', `the installed packages are not those of the plan: ${shown}`, {
      where: machine.label,
      remedy: 'trace again, or name the missing packages in the spec',
    });
  }
  const { steps, contents } = withArtifacts(plan, artifacts, spec.contents);
  return await customize(machine, steps, contents, { progress, ...(signal && { signal }) });
}
