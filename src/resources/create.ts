import type { Readable } from 'node:stream';
import { type BaseTable, findNative } from '../../backends/native-base.js';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import type { TreeCache } from '../archives/trees.js';
import { loadBase } from '../distributions/base-of.js';
import { ReproError, reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Plan } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import type { BaseSystem } from '../packaging/base-system.js';
import { checkContents } from '../planning/customize.js';
import { planEnvironment } from '../planning/plan.js';
import { systemOf } from '../spec/document/manifest.js';
import type { Lock } from '../spec/document/schema.js';
import type { Specification } from '../spec/specification.js';
import type { Templates } from '../templates/templates.js';
import { buildInRooms } from './build-room.js';
import { type BuiltTree, buildTree, isRepeatable } from './build-tree.js';
import { claimName, cleanUp } from './claim.js';
import { forewarn } from './forewarn.js';
import { systemsOn } from './host-system.js';
import { adoptHost, refuseChange, refuseTree } from './in-place/adopt.js';
import { checkName, type Inventory, openInventory } from './inventory.js';
import { inventoryMark } from './inventory-mark.js';
import { type Kind, type KindParameters, kindOf, parseParameters } from './kind.js';
import { isOfUnusableTree, type Layers, layersOf } from './layers.js';
import { makeOwnSpec, ownSpecEffect } from './own-spec.js';
import { folderOn, makePlace } from './place.js';
import { type ProvedTree, proveResource } from './prove.js';
import { substitutesIn } from './substitutes.js';
import { sweepLayers } from './sweep.js';
import { refuseChanged, type TreeSource, takeOver } from './tree-source.js';
import { isWorkFolder } from './work-folder.js';

export interface CreateOptions {
  readonly spec: Specification;
  /** The file that people know the spec by: itself by default, or the bundle that it came in. */
  readonly source?: string;
  /** The spec's own lock, or the one that its manifest was resolved to. */
  readonly lock: Lock;
  /** A kind of place by its name: `rootfs`, `ssh:docker`. */
  readonly backend: string;
  readonly name: string;
  /** What the user said with `-b key=value`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** This machine, which makes the bare system, wherever the resource is to be. */
  readonly host: Machine;
  readonly store: ContentFolder;
  /** What was built before, to begin from and to add to; without it all is built anew. */
  readonly trees?: TreeCache;
  /** Whether what was built of another spec may be changed into this one. Default true. */
  readonly withFormers?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Take only what is on this machine, and ask no archive. */
  readonly offline?: boolean;
  /** The least that an artifact must be. Default `exact`. */
  readonly require?: Requirement;
  /**
   * What is done with all of it at the end: `compared` with the traced snapshot, only `digested`, or left `unread`.
   * Default `compared`.
   */
  readonly atEnd?: 'compared' | 'digested' | 'unread';
  /** Leave what a failed create made, as a broken resource to look into. */
  readonly keepOnFailure?: boolean;
  /** It is to be an image, which instances are made of. */
  readonly imageOnly?: boolean;
  /** What it is made of instead of being built. */
  readonly from?: TreeSource;
  /** Asked before what is there already is changed, with what is done to it; throws where that is not wanted. */
  readonly agree?: (changes: readonly string[]) => Promise<void>;
  /** Texts that a backend fills in. Default: those of the package. */
  readonly templates?: Templates;
  /** Of what is there for the work of a process only. */
  readonly meanwhile?: Resource['meanwhile'];
  /** The version of reproman, for labels. */
  readonly tool?: string;
  /** What backends have ready-made of a base, beside what the package knows. */
  readonly bases?: BaseTable;
  readonly inventory?: Inventory;
}

export interface Created extends ProvedTree, BuiltTree {
  /** The resource's own copy. */
  readonly spec: Specification;
  readonly plan: Plan;
}

/**
 * Makes a spec's environment on a backend and proves it. Everything made is in the inventory before it is made; a
 * failure undoes it all, and what a kill leaves can be removed, or is replaced by a create of the same name.
 */
export async function createEnvironment(options: CreateOptions): Promise<Created> {
  try {
    return await createOnce(options);
  } catch (error) {
    if (!isOfUnusableTree(error)) throw error;
    options.progress?.({ kind: 'note', message: `${reasonOf(error)}: it is built anew` });
    // It is gone, or not asked for again, so that this comes to an end.
    return await createEnvironment({ ...options, withFormers: false });
  }
}

async function createOnce(options: CreateOptions): Promise<Created> {
  const { spec, lock, name, host, inventory = openInventory(), progress = silent, signal } = options;
  checkName(name);
  // Made while others are asked whether they are ready, whose complaints come first.
  const planning = planEnvironment(spec, lock);
  planning.catch(() => undefined);
  const kind = await kindOf(options.backend);
  const { outer, backend } = kind;
  // The machine of another resource is there, and its parameters with it.
  const told = options.from?.inherited?.outer ? { name: kind.name, backend } : kind;
  const parameters = parseParameters(told, options.parameters ?? {});
  const readiness = await (outer?.check(host, parameters.outer) ?? backend.check(host, parameters.backend));
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  if (backend.adopt) refuseTree(backend.name, options);
  const { trees, store, withFormers = true, tool = 'unknown' } = options;
  const layers =
    trees && !backend.adopt
      ? layersOf({ trees, store, plan: await planning, backend, tool, withFormers, progress })
      : undefined;
  const isWhole = spec.manifest.base.tree || options.from || backend.adopt || (await layers?.finished?.isKept());
  if (!isWhole) await requireTools(base, kind, host);
  const plan = await planning;
  if (!options.from) await checkContents(plan, spec.contents, spec.file);
  if (kind.why !== undefined) progress({ kind: 'note', message: `the backend is ${kind.name}: ${kind.why}` });
  signal?.throwIfAborted();
  await claimName(options, { plan, backend: kind.name }, inventory);
  try {
    return await build({ ...options, inventory }, { kind, parameters, plan, base, layers });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await cleanUp(name, options, inventory);
  }
}

/** What installing packages takes; a place that is not there yet is asked when it is. */
async function requireTools(base: BaseSystem, { outer, backend }: Kind, host: Machine): Promise<void> {
  for (const ask of [outer ? undefined : backend.installs, base.readiness]) {
    const readiness = await ask?.(host);
    if (readiness?.ready === false) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  }
}

interface Building {
  readonly kind: Kind;
  readonly parameters: KindParameters;
  readonly plan: Plan;
  readonly base: BaseSystem;
  readonly layers: Layers | undefined;
}

async function build(
  options: CreateOptions & { readonly inventory: Inventory },
  { kind, parameters, plan, base, layers }: Building,
): Promise<Created> {
  const { lock, name, host: here, store, inventory, progress = silent, signal, tool = 'unknown' } = options;
  const cancel = signal ? { signal } : {};
  const record = async (effect: Effect) => {
    signal?.throwIfAborted();
    await inventory.update(name, (present) => ({ ...present, effects: [...present.effects, effect] }));
  };
  const own = ownSpecEffect(inventory.folder, name);
  await record(own);
  const spec = await makeOwnSpec(own, options.spec, lock);
  const working = { record, progress, ...(options.templates && { templates: options.templates }), ...cancel };
  const system = systemOf(spec.manifest);
  await using place = await makePlace({
    ...{ ...working, host: here, name, kind, parameters, tool, inventory, base: system },
    system: systemsOn(system, { options, create: createEnvironment }),
    ...(options.bases && { bases: options.bases }),
    ...(options.from?.machineImage && { image: options.from.machineImage }),
  });
  const { backend, host } = place;
  await forewarn(spec, host, progress);
  const context = { ...working, host };
  const folder = folderOn(host, inventory, name);
  const native = await findNative(backend.name, system, options);
  const mark = await inventoryMark(inventory.folder);
  const making = { ...context, name, plan, tool, folder, inventory: mark, ...(native !== undefined && { native }) };
  const keepDetails = (details: Resource['details']) => inventory.update(name, (present) => ({ ...present, details }));
  const put = async (tree: Readable, layer?: string): Promise<Resource> =>
    keepDetails(await backend.bootstrap(tree, { ...making, parameters: parameters.backend, ...(layer && { layer }) }));
  const begin = async (keys: readonly string[]) => {
    const begun = await backend.layers?.begin(keys, { ...making, parameters: parameters.backend });
    return begun && { ...begun, resource: await keepDetails(begun.details) };
  };
  const { from } = options;
  const taking = { backend, context: making, epoch: lock.epoch, place: put, keep: keepDetails, progress };
  const taken = from && (await takeOver(from, taking));
  const finished = taken ? undefined : await layers?.finished?.take();
  const { require, offline = false, atEnd = 'compared' } = options;
  const what = { spec, plan, base, store, here, place: put, require, offline, backend, ...context };
  const rooms = buildInRooms(options, createEnvironment);
  const built: BuiltTree = taken
    ? { resource: taken.resource, fetched: [], steps: [] }
    : finished
      ? { resource: await put(finished), fetched: [], steps: [], taken: 'finished' }
      : backend.adopt
        ? await adoptHost({ ...what, system, build: rooms, agree: options.agree ?? refuseChange })
        : await buildTree({ ...what, name, tool, layers, begin, build: rooms, inventoryFolder: inventory.folder });
  let { resource } = built;
  const isShared = taken !== undefined && taken.digest === undefined;
  if (backend.commit && !isShared) resource = await keepDetails(await backend.commit(resource, context));
  await sweepLayers(backend, { host, parameters: parameters.backend, inventory, mark, progress });
  const substitutes = substitutesIn(built.fetched);
  if (substitutes.length > 0) resource = await inventory.update(name, (present) => ({ ...present, substitutes }));
  await using keeping = !finished && !taken && isRepeatable(built) ? layers?.finished?.keep() : undefined;
  const keep = keeping ? { keeping } : {};
  const prove = () =>
    proveResource({ resource, backend, host, spec, verify: atEnd === 'compared', progress, ...keep, ...cancel });
  const proved = (isShared && from?.proved) || (atEnd === 'unread' ? {} : await prove());
  if (taken && from) refuseChanged(taken, proved, from.label);
  signal?.throwIfAborted();
  if (proved.tree?.ok) await keeping?.commit();
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(name, ({ process: _done, ...present }) => ({
    ...present,
    state: 'ready',
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
    effects: present.effects.filter((effect) => !isWorkFolder(effect)),
  }));
  return { ...built, resource: ready, spec, plan, ...proved };
}
