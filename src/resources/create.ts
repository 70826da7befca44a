import type { Readable } from 'node:stream';
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
import type { Lock } from '../spec/document/schema.js';
import type { Specification } from '../spec/specification.js';
import { buildInRooms } from './build-room.js';
import { type BuiltTree, buildTree, isRepeatable } from './build-tree.js';
import { claimName, cleanUp } from './claim.js';
import { forewarn } from './forewarn.js';
import { checkName, type Inventory, openInventory } from './inventory.js';
import { type Kind, type KindParameters, kindOf, parseParameters } from './kind.js';
import { isOfUnusableTree, layersOf } from './layers.js';
import { makeOwnSpec, ownSpecEffect } from './own-spec.js';
import { folderOn, makePlace } from './place.js';
import { type ProvedTree, proveResource } from './prove.js';
import { substitutesIn } from './substitutes.js';
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
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** The least that an artifact must be. Default `exact`. */
  readonly require?: Requirement;
  /** Compare with the traced snapshot at the end. Default true. */
  readonly verify?: boolean;
  /** Leave what a failed create made, as a broken resource to look into. */
  readonly keepOnFailure?: boolean;
  /** Of what is there for the work of a process only. */
  readonly meanwhile?: Resource['meanwhile'];
  /** The version of reproman, for labels. */
  readonly tool?: string;
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
    // It is gone, so that this comes to an end.
    return await createEnvironment(options);
  }
}

async function createOnce(options: CreateOptions): Promise<Created> {
  const { spec, lock, name, host, inventory = openInventory(), progress = silent, signal } = options;
  checkName(name);
  // Made while others are asked whether they are ready, whose complaints come first.
  const planning = planEnvironment(spec, lock);
  planning.catch(() => undefined);
  const kind = await kindOf(options.backend);
  const parameters = parseParameters(kind, options.parameters ?? {});
  const { outer, backend } = kind;
  const readiness = await (outer?.check(host, parameters.outer) ?? backend.check(host, parameters.backend));
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  const tools = spec.manifest.base.tree ? undefined : await base.readiness(host);
  if (tools && !tools.ready) throw new ReproError('not-ready', tools.missing, { remedy: tools.remedy });
  const plan = await planning;
  await checkContents(plan, spec.contents, spec.file);
  if (kind.why !== undefined) progress({ kind: 'note', message: `the backend is ${kind.name}: ${kind.why}` });
  signal?.throwIfAborted();
  await claimName(options, { plan, backend: kind.name }, inventory);
  try {
    return await build({ ...options, inventory }, { kind, parameters, plan, base });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await cleanUp(name, options, inventory);
  }
}

interface Building {
  readonly kind: Kind;
  readonly parameters: KindParameters;
  readonly plan: Plan;
  readonly base: BaseSystem;
}

async function build(
  options: CreateOptions & { readonly inventory: Inventory },
  { kind, parameters, plan, base }: Building,
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
  const working = { record, progress, ...cancel };
  await using place = await makePlace({ ...working, host: here, name, kind, parameters, tool, inventory });
  const { backend, host } = place;
  await forewarn(spec, host, progress);
  const layers = options.trees && layersOf({ trees: options.trees, plan, backend, tool, progress });
  const context = { ...working, host };
  const folder = folderOn(host, inventory, name);
  const put = async (tree: Readable): Promise<Resource> => {
    const details = await backend.bootstrap(tree, {
      ...{ ...context, name, plan, tool, folder },
      parameters: parameters.backend,
    });
    return inventory.update(name, (present) => ({ ...present, details }));
  };
  const finished = await layers?.finished?.take();
  const built: BuiltTree = finished
    ? { resource: await put(finished), fetched: [], steps: [], taken: 'finished' }
    : await buildTree({
        ...{ spec, plan, name, base, store, layers, here, place: put, require: options.require },
        build: buildInRooms(options, createEnvironment),
        ...{ inventoryFolder: inventory.folder, backend, ...context },
      });
  let { resource } = built;
  if (backend.commit) {
    const details = await backend.commit(resource, context);
    resource = await inventory.update(name, (present) => ({ ...present, details }));
  }
  const substitutes = substitutesIn(built.fetched);
  if (substitutes.length > 0) resource = await inventory.update(name, (present) => ({ ...present, substitutes }));
  const verify = options.verify ?? true;
  await using keeping = !finished && isRepeatable(built) ? layers?.finished?.keep() : undefined;
  const keep = keeping ? { keeping } : {};
  const proved = await proveResource({ resource, backend, host, spec, verify, progress, ...keep, ...cancel });
  signal?.throwIfAborted();
  if (proved.tree?.ok) await keeping?.commit();
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(name, ({ process: _done, ...present }) => ({
    ...present,
    state: 'ready',
    treeDigest,
    ...(environmentDigest && { environmentDigest }),
    effects: present.effects.filter((effect) => !isWorkFolder(effect)),
  }));
  return { ...built, resource: ready, spec, plan, ...proved };
}
