import type { Backend } from '../../backends/backend.js';
import { ReproError } from '../errors.js';
import type { Machine, SpawnOptions } from '../machines/machine.js';
import type { Resource } from '../model/resource.js';
import { backendOf } from './backend-of.js';
import { type Inventory, openInventory, shownState } from './inventory.js';

/** A resource with a connection to it, closed when disposed. */
export interface OpenResource extends AsyncDisposable {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly machine: Machine;
}

export interface OpenOptions {
  readonly host: Machine;
  readonly inventory?: Inventory;
}

/** Finds a resource that is ready, and its backend. */
export async function findReady(
  name: string,
  inventory: Inventory = openInventory(),
): Promise<{ resource: Resource; backend: Backend }> {
  const resource = await inventory.find(name);
  const state = await shownState(resource);
  if (state !== 'ready') throw notReady(resource, state);
  return { resource, backend: await backendOf(resource.backend) };
}

/** Connects to a resource by name or the beginning of one. */
export async function openResource(name: string, { host, inventory }: OpenOptions): Promise<OpenResource> {
  const { resource, backend } = await findReady(name, inventory);
  const machine = await backend.connect(resource, host);
  return { resource, backend, machine, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

/** How the traced command ran, for whatever runs in the resource from now on. */
export function runConditions({ run }: Resource): Pick<Required<SpawnOptions>, 'cwd' | 'environment' | 'user'> {
  return { cwd: run.cwd, environment: run.environment, user: run.user };
}

function notReady(resource: Resource, state: string): ReproError {
  const { name } = resource;
  const remedy =
    state === 'broken'
      ? `remove it with: reproman delete ${name}; or create it again under the same name`
      : 'wait for that process to end';
  return new ReproError('not-ready', `the resource '${name}' cannot be used: its state is ${state}`, { remedy });
}
