import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
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
import { backendOf, parseParameters } from './backend-of.js';
import { buildInRooms } from './build-room.js';
import { type BuiltTree, buildTree, isRepeatable } from './build-tree.js';
import { claimName, cleanUp } from './claim.js';
import { forewarn } from './forewarn.js';
import { checkName, type Inventory, openInventory } from './inventory.js';
import { isOfUnusableTree, layersOf } from './layers.js';
import { makeOwnSpec, ownSpecEffect } from './own-spec.js';
import { type ProvedTree, proveResource } from './prove.js';
import { withSubstitutes } from './substitutes.js';
import { isWorkFolder } from './work-folder.js';

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
  const backend = await backendOf(options.backend);
  const parameters = parseParameters(backend, options.parameters ?? {});
  const readiness = await backend.check(host, parameters);
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const { base } = await loadBase(spec.manifest.base.distribution, spec.file);
  const tools = spec.manifest.base.tree ? undefined : await base.readiness(host);
  if (tools && !tools.ready) throw new ReproError('not-ready', tools.missing, { remedy: tools.remedy });
  const plan = await planEnvironment(spec, lock);
  await checkContents(plan, spec.contents, spec.file);
  await forewarn(spec, host, progress);
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

interface Building {
  readonly backend: Backend;
  readonly parameters: Record<string, unknown>;
  readonly plan: Plan;
  readonly base: BaseSystem;
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
  const layers = options.trees && layersOf({ trees: options.trees, plan, backend, tool, progress });
  const context = { host, record, progress, ...cancel };
  const folder = join(inventory.folder, 'trees', name);
  const place = async (tree: Readable): Promise<Resource> => {
    const details = await backend.bootstrap(tree, { ...context, name, plan, parameters, tool, folder });
    return inventory.update(name, (present) => ({ ...present, details }));
  };
  const finished = await layers?.finished?.take();
  const built: BuiltTree = finished
    ? { resource: await place(finished), fetched: [], steps: [], taken: 'finished' }
    : await buildTree({
        ...{ spec, plan, name, base, backend, store, layers, place, require: options.require },
        build: buildInRooms(options, createEnvironment),
        ...{ inventoryFolder: inventory.folder, ...context },
      });
  let { resource } = built;
  if (backend.commit) {
    const details = await backend.commit(resource, context);
    resource = await inventory.update(name, (present) => ({ ...present, details }));
  }
  const verify = options.verify ?? true;
  await using keeping = !finished && isRepeatable(built) ? layers?.finished?.keep() : undefined;
  const keep = keeping ? { keeping } : {};
  const proved = await proveResource({ resource, backend, host, spec, verify, progress, ...keep, ...cancel });
  signal?.throwIfAborted();
  const tree = proved.tree && withSubstitutes(proved.tree, built.fetched);
  if (tree?.ok) await keeping?.commit();
  const { treeDigest, environmentDigest } = proved;
  const ready = await inventory.update(name, ({ process: _done, ...present }) => ({
    ...present,
    state: 'ready',
    treeDigest,
    ...(environmentDigest && { environmentDigest }),
    effects: present.effects.filter((effect) => !isWorkFolder(effect)),
  }));
  return { ...built, resource: ready, spec, plan, ...proved, ...(tree && { tree }) };
}
