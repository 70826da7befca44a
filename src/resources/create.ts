import { join } from 'node:path';
import type { Backend } from '../../backends/backend.js';
import { type Fetched, fetchArtifacts } from '../archives/fetch.js';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import { loadBase } from '../distributions/base-of.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { ReproError, reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { showPath } from '../model/file-path.js';
import type { PackageRef } from '../model/owner.js';
import type { Plan, PlannedPackage } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import type { BaseSystem } from '../packaging/base-system.js';
import { checkContents, customize } from '../planning/customize.js';
import { unplaceable } from '../planning/envelope.js';
import { withArtifacts } from '../planning/fetched.js';
import { planEnvironment } from '../planning/plan.js';
import type { StepOutcome } from '../planning/replay.js';
import { currentProcess } from '../process-identity.js';
import { hostMismatches } from '../proof/host.js';
import type { Lock } from '../spec/document/schema.js';
import type { Specification } from '../spec/specification.js';
import { backendOf, parseParameters } from './backend-of.js';
import { checkName, type Inventory, openInventory, shownState } from './inventory.js';
import { makeOwnSpec, ownSpecEffect } from './own-spec.js';
import { type ProvedTree, proveResource } from './prove.js';
import { release, removeResource, undoAll } from './remove.js';
import { makeWorkFolder, removeWorkFolder, workFolderEffect } from './work-folder.js';

export interface CreateOptions {
  readonly spec: Specification;
  /** The file that people know the spec by: itself by default, or the bundle that it came in. */
  readonly source?: string;
  /** The spec's own lock, or the one that its manifest was resolved to. */
  readonly lock: Lock;
  readonly backend: string;
  readonly name: string;
  /** What the user said with `-b key=value`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** The least that an artifact must be. Default `exact`. */
  readonly require?: Requirement;
  /** Compare with the traced snapshot at the end. Default true. */
  readonly verify?: boolean;
  /** Leave what a failed create made, as a broken resource to look into. */
  readonly keepOnFailure?: boolean;
  /** The version of reproman, for labels. */
  readonly tool?: string;
  readonly inventory?: Inventory;
}

export interface Created extends ProvedTree {
  readonly resource: Resource;
  /** The resource's own copy. */
  readonly spec: Specification;
  readonly plan: Plan;
  /** Where each package came from. */
  readonly fetched: readonly FetchedPackage[];
  /** What came of each step of the spec. */
  readonly steps: readonly StepOutcome[];
}

/** One step of the ladder, for people and `--json`. */
export interface FetchedPackage
  extends Pick<Fetched, 'rung' | 'from' | 'tried' | 'verifiedBy' | 'sameness' | 'evidence'> {
  readonly package: PackageRef;
}

/**
 * Makes a spec's environment on a backend and proves it. Everything made is in the inventory before it is made; a
 * failure undoes it all, and what a kill leaves can be removed, or is replaced by a create of the same name.
 */
export async function createEnvironment(options: CreateOptions): Promise<Created> {
  const { spec, lock, name, host, inventory = openInventory(), signal } = options;
  checkName(name);
  const backend = await backendOf(options.backend);
  const parameters = parseParameters(backend, options.parameters ?? {});
  const readiness = await backend.check(host, parameters);
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  const tools = await base.readiness(host);
  if (!tools.ready) throw new ReproError('not-ready', tools.missing, { remedy: tools.remedy });
  const plan = await planEnvironment(spec, lock);
  await checkContents(plan, spec.contents, spec.file);
  tellUnplaceable(options);
  await tellMismatches(options);
  signal?.throwIfAborted();
  await claimName(options, plan, inventory);
  try {
    return await build({ ...options, inventory }, { backend, parameters, plan, base });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await cleanUp(name, options, inventory);
  }
}

/** What lay in memory on the origin cannot be in an environment at rest. */
function tellUnplaceable({ spec, progress = silent }: CreateOptions): void {
  const paths = unplaceable(spec.manifest).map(showPath);
  if (paths.length === 0) return;
  const message = `carried for runs that are done again only, as every start empties the memory there: ${paths.join(', ')}`;
  progress({ kind: 'note', message });
}

/** Before anything is made: a machine that is not like the origin's may be the wrong one. */
async function tellMismatches({ spec, host, progress = silent }: CreateOptions): Promise<void> {
  const mismatches = await hostMismatches(spec.manifest.host ?? [], host);
  for (const message of mismatches) progress({ kind: 'note', message });
}

interface Building {
  readonly backend: Backend;
  readonly parameters: Record<string, unknown>;
  readonly plan: Plan;
  readonly base: BaseSystem;
}

/** Puts the new resource into the inventory; one that a dead process left is removed first. */
async function claimName(options: CreateOptions, plan: Plan, inventory: Inventory): Promise<void> {
  const { spec, source = spec.file, lock, name, backend, host } = options;
  const present = await inventory.get(name);
  if (present && (await shownState(present)) === 'broken') await removeResource(name, { host, inventory });
  const [run] = spec.manifest.runs;
  await inventory.add({
    name,
    backend,
    state: 'creating',
    created: new Date().toISOString(),
    process: await currentProcess(),
    effects: [],
    details: {},
    spec: source,
    specDigest: lock.manifest,
    planDigest: plan.digest,
    run: {
      ...(run && { command: run.command }),
      cwd: plan.cwd,
      environment: plan.environment,
      user: plan.user,
    },
  });
}

async function build(
  options: CreateOptions & { readonly inventory: Inventory },
  { backend, parameters, plan, base }: Building,
): Promise<Created> {
  const { lock, name, host, store, inventory, progress = silent, signal, tool = 'unknown' } = options;
  const cancel = signal ? { signal } : {};
  const record = async (effect: Effect) => {
    signal?.throwIfAborted();
    await inventory.update(name, (present) => ({ ...present, effects: [...present.effects, effect] }));
  };
  const own = ownSpecEffect(inventory.folder, name);
  await record(own);
  const spec = await makeOwnSpec(own, options.spec, lock);
  const wanted = [...plan.bootstrap.packages, ...plan.artifacts];
  const artifacts = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor, progress },
    ...{ require: options.require, ...cancel },
  });
  const work = await workFolderEffect(inventory.folder, name);
  await record(work);
  const workFolder = await makeWorkFolder(work);
  const tree = await base.build(plan.bootstrap, { host, artifacts, workFolder, progress, ...cancel });
  const folder = join(inventory.folder, 'trees', name);
  const context = { host, record, progress, ...cancel };
  const details = await backend.bootstrap(tree, { ...context, name, plan, parameters, tool, folder });
  let resource = await inventory.update(name, (present) => ({ ...present, details }));
  await removeWorkFolder(work, host);
  const steps = await customizeResource(resource, { ...options, spec }, { backend, plan, base, artifacts });
  if (backend.commit) {
    const committed = await backend.commit(resource, context);
    resource = await inventory.update(name, (present) => ({ ...present, details: committed }));
  }
  const verify = options.verify ?? true;
  const proved = await proveResource({ resource, backend, host, spec, verify, progress, ...cancel });
  signal?.throwIfAborted();
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(name, ({ process: _done, ...present }) => ({
    ...present,
    state: 'ready',
    treeDigest,
    ...(environmentDigest && { environmentDigest }),
    effects: present.effects.filter(({ kind, id }) => kind !== work.kind || id !== work.id),
  }));
  const fetched = wanted.flatMap((each) => fetchedPackage(each, artifacts));
  return { resource: ready, spec, plan, fetched, steps, ...proved };
}

function fetchedPackage(planned: PlannedPackage, artifacts: ReadonlyMap<PlannedPackage, Fetched>): FetchedPackage[] {
  const fetched = artifacts.get(planned);
  if (!fetched) return [];
  const { distribution, name, version, architecture, at } = planned;
  const { rung, from, tried, verifiedBy, sameness, evidence } = fetched;
  const reference = { distribution, name, version, ...(architecture && { architecture }), ...(at && { at }) };
  return [{ package: reference, rung, from, tried, verifiedBy, sameness, ...(evidence && { evidence }) }];
}

type Bootstrapped = Pick<Building, 'backend' | 'plan' | 'base'> & {
  readonly artifacts: ReadonlyMap<PlannedPackage, Fetched>;
};

/** The second stage, in the bare system: the packages must be those of the plan before anything is put on top. */
async function customizeResource(
  resource: Resource,
  { spec, host, progress = silent, signal }: CreateOptions,
  { backend, plan, base, artifacts }: Bootstrapped,
): Promise<StepOutcome[]> {
  await using machine = await backend.connect(resource, host);
  const differences = await base.check(plan.bootstrap, machine);
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

/** Undoes an unfinished create; where even that fails, the resource stays in the inventory, shown as broken. */
async function cleanUp(name: string, options: CreateOptions, inventory: Inventory): Promise<void> {
  const present = await inventory.get(name);
  if (present?.state !== 'creating') return;
  const { keepOnFailure = false, host, progress = silent } = options;
  let why = '';
  if (!keepOnFailure) {
    try {
      await undoAll(present, host, inventory);
      return await inventory.remove(name);
    } catch (error) {
      why = `: ${reasonOf(error)}`;
    }
  }
  await release(name, inventory);
  progress({ kind: 'note', message: `'${name}' is left as it is${why}; remove it with: reproman delete ${name}` });
}
