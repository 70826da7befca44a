import type { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
import type { Build } from '../archives/build.js';
import type { ContentSource } from '../archives/contents.js';
import { type Fetched, fetchArtifacts } from '../archives/fetch.js';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import type { Layer } from '../archives/tree-entries.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { ReproError } from '../errors.js';
import { sha256 } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { PackageRef } from '../model/owner.js';
import type { BootstrapPlan, Plan, PlannedPackage, Step } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import type { BaseSystem } from '../packaging/base-system.js';
import { customize } from '../planning/customize.js';
import { bootstrapOf, withArtifacts } from '../planning/fetched.js';
import { isAsRecorded, type StepOutcome } from '../planning/replay.js';
import type { Specification } from '../spec/specification.js';
import { remade } from './formers.js';
import { type Layers, type StackedLayer, stackOf } from './layers.js';
import { mendBase } from './mend.js';
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
  readonly offline?: boolean;
  /** Builds packages that nobody has. */
  readonly build?: Build;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Journals an effect before it happens. */
  readonly record: (effect: Effect) => Promise<void>;
  /** Makes the resource from the bare system, which may be a layer of that key. */
  readonly place: (tree: Readable, layer?: string) => Promise<Resource>;
  /** Makes it from the uppermost of these layers that its backend has; undefined where it has none. */
  readonly begin?: (keys: readonly string[]) => Promise<Beginning | undefined>;
  /** The version of reproman that builds. */
  readonly tool: string;
}

interface Beginning {
  readonly resource: Resource;
  readonly at: number;
  /** A base that was there ready-made. */
  readonly from?: string;
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
  const installing = await options.backend.installs?.(options.host);
  if (installing?.ready === false) throw new ReproError('not-ready', installing.missing, { remedy: installing.remedy });
  const cancel = signal ? { signal } : {};
  const wanted = [...plan.bootstrap.packages, ...plan.artifacts];
  const artifacts = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host: here, offers: offersOf(here), services: servicesFor, progress },
    ...{
      standIns: spec.standIns,
      require: options.require,
      offline: options.offline ?? false,
      ...(options.build && { build: options.build }),
      ...cancel,
    },
  });
  const bare = bootstrapOf(plan.bootstrap, artifacts);
  const { steps, contents } = withArtifacts(plan, artifacts, spec.contents);
  const stack = options.backend.layers ? stackOf({ steps, plan, artifacts, tool: options.tool }) : [];
  const fetched = wanted.flatMap((each) => fetchedPackage(each, artifacts));
  const begun = stack.length > 0 ? await options.begin?.(options.layers ? stack.map(({ key }) => key) : []) : undefined;
  if (begun?.from !== undefined) {
    const { resource, from } = begun;
    await mend(resource, from, bare, options);
    const over = stack.map((each) => ({ ...each, key: sha256(`${from} ${each.key}`) }));
    const work = { steps, contents, stack: over, done: 0, isMended: true };
    return { resource, fetched, steps: await customizeResource(resource, bare.plan, work, options) };
  }
  if (begun) {
    const { resource, at } = begun;
    progress({ kind: 'note', message: `the layers up to ${stack[at]?.kind} were built before, and are taken` });
    const work = { steps, contents, stack, done: at };
    return { resource, fetched, steps: await customizeResource(resource, bare.plan, work, options), taken: 'bare' };
  }
  const work = await workFolderEffect(options.inventoryFolder, options.name);
  await record(work);
  const workFolder = await makeWorkFolder(work);
  const layer = options.layers?.bare(artifacts);
  const taken = await layer?.take();
  await using keeping = taken ? undefined : layer?.keep();
  const context = { host: here, artifacts: bare.artifacts, workFolder, progress, ...cancel };
  const tree =
    taken ??
    (layer && (await remade(layer.formers(), bare.plan, options.base, context))) ??
    (await options.base.build(bare.plan, context));
  const resource = await options.place(keeping?.copy(tree) ?? tree, stack[0]?.key);
  await removeWorkFolder(work, here);
  await keeping?.commit();
  const outcomes = await customizeResource(resource, bare.plan, { steps, contents, stack, done: 0 }, options);
  return { resource, fetched, steps: outcomes, ...(taken && { taken: 'bare' }) };
}

/** Whether another build of the same plan gives the same: of the very packages, and nothing had to be put right. */
export function isRepeatable({ fetched, steps }: BuiltTree): boolean {
  return fetched.every(({ sameness }) => sameness === 'exact') && steps.every(isAsRecorded);
}

/** What is told of one package that was got. */
export function fetchedPackage(
  planned: PlannedPackage,
  artifacts: ReadonlyMap<PlannedPackage, Fetched>,
): FetchedPackage[] {
  const fetched = artifacts.get(planned);
  if (!fetched) return [];
  const { distribution, name, version, architecture, at } = planned;
  const { rung, from, tried, verifiedBy, sameness, evidence, version: instead } = fetched;
  const reference = { distribution, name, version, ...(architecture && { architecture }), ...(at && { at }) };
  const found = { rung, from, tried, verifiedBy, sameness, ...(evidence && { evidence }) };
  return [{ package: reference, ...found, ...(instead !== undefined && { version: instead }) }];
}

interface Customizing {
  readonly steps: readonly Step[];
  readonly contents: ContentSource;
  /** The layers that the resource is to have; none where it is one piece. */
  readonly stack: readonly StackedLayer[];
  /** How many of them, over the base, it has already. */
  readonly done: number;
  /** Its packages were looked at. */
  readonly isMended?: boolean;
}

async function mend(
  resource: Resource,
  from: string,
  { plan, artifacts }: ReturnType<typeof bootstrapOf>,
  { backend, host, base, require, progress = silent, signal }: BuildOptions,
): Promise<void> {
  await using machine = await backend.connect(resource, host, { users: 'needed' });
  await mendBase(machine, { from, base, plan, artifacts, require, progress, ...(signal && { signal }) });
}

/** The second stage, in the bare system, layer by layer; what no kind of packages brings is part of none. */
async function customizeResource(
  resource: Resource,
  bare: BootstrapPlan,
  { steps, contents, stack, done, isMended = false }: Customizing,
  { host, backend, base, record, progress = silent, signal }: BuildOptions,
): Promise<StepOutcome[]> {
  const cancel = signal ? { signal } : {};
  const outcomes: StepOutcome[] = [];
  let from = stack[done]?.done ?? 0;
  let isChecked = isMended;
  const carryOut = async (to: number): Promise<void> => {
    await using machine = await backend.connect(resource, host, { users: 'needed' });
    if (!isChecked) await refuseOthers(await base.check(bare, machine), machine);
    isChecked = true;
    outcomes.push(...(await customize(machine, steps.slice(from, to), contents, { progress, ...cancel })));
    from = to;
  };
  for (const layer of stack.slice(done + 1)) {
    await carryOut(layer.done);
    await backend.layers?.add(resource, layer, { host, record, progress, ...cancel });
  }
  await carryOut(steps.length);
  return outcomes;
}

/** The packages must be those of the plan before anything is put on top. */
async function refuseOthers(differences: readonly string[], { label }: Machine): Promise<void> {
  if (differences.length === 0) return;
  const more = differences.length - 10;
  const shown = differences.slice(0, 10).join(' ') + (more > 0 ? ` And ${more} more.` : '');
  throw new ReproError('step-failed', `the installed packages are not those of the plan: ${shown}`, {
    where: label,
    remedy: 'trace again, or name the missing packages in the spec',
  });
}
