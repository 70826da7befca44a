import { reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Resource } from '../model/resource.js';
import { backendOf } from './backend-of.js';
import { type Inventory, openInventory, type ShownState, shownState } from './inventory.js';
import { ownSpecSize } from './own-spec.js';

/** One row of `reproman ls`. */
export interface ListedResource {
  readonly name: string;
  readonly state: ShownState;
  readonly backend?: string;
  /** ISO 8601, UTC. */
  readonly created?: string;
  /** Where it is, in the backend's words. */
  readonly description?: string;
  /** Bytes, where the backend could tell. */
  readonly size?: number;
  /** Where the spec was that it was made from. */
  readonly spec?: string;
  /** Bytes of its own copy of that. */
  readonly specSize?: number;
  readonly treeDigest?: string;
  readonly environmentDigest?: string;
  /** Why something is not known, as a sentence. */
  readonly problem?: string;
}

/** Every resource with its state; what a backend cannot tell now is a problem of that row only. */
export async function listResources(options: {
  readonly host: Machine;
  readonly inventory?: Inventory;
  /** Ask the backends for place and size, which costs a call to each. */
  readonly details?: boolean;
}): Promise<ListedResource[]> {
  const { inventory = openInventory(), host, details = true } = options;
  const rows: ListedResource[] = [];
  for (const { name, resource, problem } of await inventory.list()) {
    if (resource) rows.push(await row(resource, host, details));
    else rows.push({ name, state: 'broken', ...(problem !== undefined && { problem }) });
  }
  return rows;
}

async function row(resource: Resource, host: Machine, details: boolean): Promise<ListedResource> {
  const { name, backend, created, spec, treeDigest, environmentDigest } = resource;
  const state = await shownState(resource);
  const known = {
    name,
    state,
    backend,
    created,
    spec,
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
  };
  if (!details || state !== 'ready') return known;
  try {
    const place = await backendOf(backend);
    const specSize = await ownSpecSize(resource);
    const description = await place.describe(resource, host);
    return { ...known, description, size: await place.size(resource, host), specSize };
  } catch (error) {
    return { ...known, problem: reasonOf(error) };
  }
}
