import { reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { LiveState, Resource } from '../model/resource.js';
import { type Inventory, openInventory, type ShownState, shownState } from './inventory.js';
import { kindOf } from './kind.js';
import { ownSpecSize } from './own-spec.js';
import { describePlace, openPlace } from './place.js';

/** One row of `reproman ls`. */
export interface ListedResource {
  readonly name: string;
  readonly state: ShownState;
  readonly backend?: string;
  /** As in the inventory: of an image, and of an instance of one. */
  readonly form?: Resource['form'];
  readonly image?: string;
  /** What its backend finds of it, where that was asked and can be told. */
  readonly live?: LiveState;
  /** ISO 8601, UTC. */
  readonly created?: string;
  /** Where it is, in the backend's words, where that was asked. */
  readonly description?: string;
  /** Bytes, where the backend could tell. */
  readonly size?: number;
  /** Where the spec was that it was made from. */
  readonly spec?: string;
  /** Bytes of its own copy of that, where that was asked. */
  readonly specSize?: number;
  readonly treeDigest?: string;
  readonly environmentDigest?: string;
  /** Why something is not known, as a sentence. */
  readonly problem?: string;
}

export interface ListOptions {
  /** This machine. */
  readonly host: Machine;
  readonly inventory?: Inventory;
  /** Of these only, by name or the beginning of one. */
  readonly names?: readonly string[];
  /** Ask the backends what is really there, which costs calls to each. */
  readonly refresh?: boolean;
  /** Measure the copies of their specs, which may have tens of thousands of files each. */
  readonly measure?: boolean;
}

type Asked = Pick<ListOptions, 'host' | 'refresh' | 'measure'>;

/** Every resource with its state; what cannot be known of one now is a problem of that row only. */
export async function listResources(options: ListOptions): Promise<ListedResource[]> {
  const { inventory = openInventory(), names = [] } = options;
  const wanted = new Set<string>();
  for (const name of names) wanted.add((await inventory.find(name)).name);
  const present = (await inventory.list()).filter(({ name }) => names.length === 0 || wanted.has(name));
  return Promise.all(
    present.map(async ({ name, resource, problem }) => {
      if (resource) return row(resource, options);
      return { name, state: 'broken' as const, ...(problem !== undefined && { problem }) };
    }),
  );
}

async function row(resource: Resource, { host, refresh, measure }: Asked): Promise<ListedResource> {
  const { name, backend, form, image, created, spec, treeDigest, environmentDigest } = resource;
  const state = await shownState(resource);
  const known = {
    name,
    state,
    backend,
    ...(form && { form }),
    ...(image !== undefined && { image }),
    created,
    spec,
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
  };
  if (state !== 'ready') return known;
  try {
    return {
      ...known,
      ...(measure && { specSize: await ownSpecSize(resource) }),
      ...(refresh && (await lookAt(resource, host))),
    };
  } catch (error) {
    return { ...known, problem: reasonOf(error) };
  }
}

/** Asks the backend what is really there. */
export async function lookAt(
  resource: Resource,
  here: Machine,
): Promise<Pick<ListedResource, 'live' | 'description' | 'size'>> {
  const machine = await machineOf(resource, here);
  if (machine && machine.live !== 'running') return machine;
  await using place = await openPlace(resource, here);
  const { backend, host } = place;
  const found = await backend.state?.(resource, host);
  // What a machine that was made for it costs, it costs while that runs.
  const live = machine && found !== 'missing' ? machine.live : found;
  const description = await describePlace(place);
  const size = live === 'missing' ? undefined : await backend.size(resource, host);
  return { ...(live && { live }), description, ...(size !== undefined && { size }) };
}

/** Of one that has a machine of its own: what that does, as it can be reached only when it runs. */
async function machineOf(
  resource: Resource,
  here: Machine,
): Promise<Pick<ListedResource, 'live' | 'description'> | undefined> {
  const { outer } = await kindOf(resource.backend);
  if (!outer?.state || !resource.outer) return undefined;
  return { live: await outer.state(resource.outer, here), description: outer.describe(resource.outer) };
}

/** For people: a resource's state, or what its backend found of it. */
export function shownLive({ state, form, live }: Pick<ListedResource, 'state' | 'form' | 'live'>): string {
  if (state !== 'ready' || live === undefined || live === 'present') return state === 'ready' ? (form ?? state) : state;
  return live === 'missing' ? 'gone' : live;
}
