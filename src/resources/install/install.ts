import { join } from 'node:path';
import { type Fetched, fetchArtifacts } from '../../archives/fetch.js';
import type { Requirement } from '../../archives/sameness.js';
import type { ContentFolder } from '../../archives/store.js';
import { loadBase } from '../../distributions/base-of.js';
import { offersOf } from '../../distributions/offers.js';
import { servicesFor } from '../../distributions/services.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, parentPath, showPath } from '../../model/file-path.js';
import type { Plan, PlannedPackage } from '../../model/plan.js';
import { type Progress, silent, stage } from '../../model/progress.js';
import type { Resource } from '../../model/resource.js';
import { appendAccounts } from '../../packaging/host-accounts.js';
import { checkContents, customize } from '../../planning/customize.js';
import { withArtifacts } from '../../planning/fetched.js';
import { planEnvironment } from '../../planning/plan.js';
import type { StepOutcome } from '../../planning/replay.js';
import { scratchFolder } from '../../scratch.js';
import { mergeSpecifications } from '../../spec/merge/merge.js';
import { readSpecification } from '../../spec/read.js';
import type { LockedSpecification, Specification } from '../../spec/specification.js';
import { findReady } from '../connect.js';
import { refuseFixed } from '../fixed.js';
import { refuseImage } from '../images/instances.js';
import { missingAccounts } from '../in-place/lacking.js';
import { type Inventory, openInventory } from '../inventory.js';
import { readOwnSpec, replaceOwnSpec } from '../own-spec.js';
import type { Place } from '../place.js';
import { type ProvedTree, proveResource } from '../prove.js';
import { upgradeResource } from '../upgrade/upgrade.js';
import { describeDifference, jointStandIns, type PlanDifference, planDifference } from './difference.js';

export interface InstallOptions {
  readonly name: string;
  /** What is to be there, too, as people know it. */
  readonly added: { readonly spec: Specification; readonly name: string };
  /** This machine. */
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly inventory?: Inventory;
  readonly require?: Requirement;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** The version of reproman. */
  readonly tool: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface Installed extends Partial<ProvedTree> {
  readonly resource: Resource;
  /** What was missing, in words. */
  readonly missing: readonly string[];
  /** What the two specs contradict each other in, in whole sentences. */
  readonly conflicts: readonly string[];
  readonly steps: readonly StepOutcome[];
  /** What was changed or taken away in it since it was made, the topmost of it, and stays so where the specs have it. */
  readonly left: readonly string[];
  /** What the resource is from now on. */
  readonly spec: Specification;
}

/**
 * Adds what a spec has to a resource that is there: what its own spec has stays, only what is missing is installed, and
 * both together are its spec from then on. What cannot be together is told before anything is changed.
 */
export async function installSpecification(options: InstallOptions): Promise<Installed> {
  const { host: here, added, inventory = openInventory(), dryRun = false, progress = silent, signal } = options;
  const cancel = signal ? { signal } : {};
  await using place = await findReady(options.name, { host: here, inventory });
  refuseImage(place.resource);
  if (place.backend.adopt) throw ofMachine(place.resource);
  refuseFixed(place.resource, place.backend, 'given more');
  const own = await readOwnSpec(place.resource);
  await using scratch = await scratchFolder('install');
  const output = join(scratch.path, 'environment.yml');
  const present = await planEnvironment(own, locked(own).lock);
  const { conflicts } = await mergeSpecifications({
    ...{ specs: [{ spec: own, name: place.resource.name }, added], output, host: here, progress },
    standIns: jointStandIns(own, present, added.spec),
    ...cancel,
  });
  const spec = locked(await readSpecification(output));
  const plan = await planEnvironment(spec, spec.lock);
  const difference = planDifference(present, plan);
  const missing = describeDifference(difference);
  const told = { missing, conflicts, left: [] };
  if (dryRun) return { ...told, resource: place.resource, steps: [], spec };
  await checkContents({ customize: difference.steps, artifacts: difference.artifacts }, spec.contents, added.name);
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  if (difference.base.length > 0 && !base.install) return { ...told, ...(await addBesideBuilt(spec, place, options)) };
  const planned = { planDigest: plan.digest, specDigest: spec.lock.manifest };
  let steps: StepOutcome[] = [];
  if (missing.length > 0) {
    steps = await add(place, spec, { plan, difference }, options);
    const context = { host: place.host, record: async () => undefined, progress, ...cancel };
    await place.backend.recommit?.({ ...place.resource, ...planned }, context);
  }
  // What was proved of it before is nothing to what it is now.
  const resource = await replaceOwnSpec(place.resource, spec, inventory, (present) => {
    const { treeDigest: _tree, environmentDigest: _environment, ...rest } = present;
    return { ...rest, ...planned };
  });
  const kept = await readOwnSpec(resource);
  const proved = await proveResource({ ...place, resource, spec: kept, progress, ...cancel });
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(resource.name, (present) => ({
    ...present,
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
  }));
  return { ...told, ...proved, resource: ready, steps, spec: kept };
}

/** Where the tool of the base adds nothing to what was built: it is built beside with both, and what is new is put there. */
async function addBesideBuilt(
  spec: LockedSpecification,
  { resource }: Place,
  { name: _name, added: _added, progress = silent, signal, ...options }: InstallOptions,
): Promise<Omit<Installed, 'missing' | 'conflicts'>> {
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  let left: readonly string[] = [];
  const upgraded = await upgradeResource({
    ...options,
    ...{ name: resource.name, progress, signal: signal ?? new AbortController().signal },
    wanted: async () => ({ spec, source: resource.spec }),
    agree: async () => undefined,
    leave: (changed) => {
      const record = changed.find((path) => base.isRecord?.(path));
      if (record !== undefined) throw changedRecord(resource, record);
      left = topmost(changed).map(showPath);
    },
  });
  return { ...upgraded, steps: [], left, spec: await readOwnSpec(upgraded.resource) };
}

function topmost(paths: readonly FilePath[]): FilePath[] {
  const all = new Set(paths);
  return paths.filter((path) => !all.has(parentPath(path)));
}

interface Wanted {
  readonly plan: Plan;
  readonly difference: PlanDifference;
}

/** Gets what is missing, and puts it there: the base's packages, then whatever stands on them. */
async function add(
  { resource, backend, host }: Place,
  spec: Specification,
  { plan, difference }: Wanted,
  { host: here, store, require, progress = silent, signal }: InstallOptions,
): Promise<StepOutcome[]> {
  const cancel = signal ? { signal } : {};
  const { base: packages, artifacts: others, steps: missing } = difference;
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  const artifacts: ReadonlyMap<PlannedPackage, Fetched> = await fetchArtifacts([...packages, ...others], {
    ...{ store, contents: spec.contents, host: here, offers: offersOf(here), services: servicesFor, progress, require },
    standIns: spec.standIns,
    ...cancel,
  });
  signal?.throwIfAborted();
  await using machine = await backend.connect(resource, host, { users: 'needed' });
  // Before packages make those that they find missing, with other ids.
  await appendAccounts(await missingAccounts(spec.lock?.distributions ?? [], machine), machine);
  if (packages.length > 0) {
    const work = async () => base.install?.(packages, { machine, artifacts, epoch: plan.bootstrap.epoch, ...cancel });
    await stage(progress, 'install packages', work, { total: packages.length, unit: 'packages' });
  }
  const { steps, contents } = withArtifacts({ customize: missing, artifacts: others }, artifacts, spec.contents);
  return await customize(machine, steps, contents, { progress, ...cancel });
}

function locked(spec: Specification): LockedSpecification {
  if (spec.lock) return { ...spec, lock: spec.lock };
  throw new Error(`${spec.file} has no lock`);
}

function ofMachine({ name, backend }: Resource): ReproError {
  return new ReproError('usage', `'${name}' is a machine itself, to which create adds what is lacking`, {
    remedy: `create the other spec on it, too: reproman create --backend ${backend}`,
  });
}

/** With either of the two databases in the place of the other, packages that are there would be known to nobody. */
function changedRecord({ name }: Resource, record: FilePath): ReproError {
  return new ReproError('usage', `packages were installed or removed in '${name}' since it was made`, {
    where: showPath(record),
    remedy: `take that back first: reproman upgrade ${name}`,
  });
}
