import type { Backend } from '../../backends/backend.js';
import { ReproError } from '../errors.js';
import type { Machine, SpawnOptions } from '../machines/machine.js';
import type { HostFile } from '../model/host-file.js';
import type { Resource } from '../model/resource.js';
import { hostMismatches } from '../proof/host.js';
import type { Specification } from '../spec/specification.js';
import { backendOf } from './backend-of.js';
import { findHostFiles } from './host-files.js';
import { type Inventory, openInventory, shownState } from './inventory.js';
import { readOwnSpec } from './own-spec.js';

/** A resource with a connection to it, closed when disposed. */
export interface OpenResource extends AsyncDisposable {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly machine: Machine;
  /** What it was made from; undefined where its own copy was lost, and `warn` was told so. */
  readonly spec: Specification | undefined;
}

export interface OpenOptions {
  readonly host: Machine;
  readonly inventory?: Inventory;
  /** Told what the host has not as the runs had it. */
  readonly warn: (message: string) => void;
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

/** Connects to a resource by name or the beginning of one, with what its runs took from the machine below. */
export async function openResource(name: string, { host, inventory, warn }: OpenOptions): Promise<OpenResource> {
  const { resource, backend } = await findReady(name, inventory);
  const spec = await specOf(resource, warn);
  const hostFiles = spec === undefined ? [] : await hostFilesOf(spec, host, warn);
  const machine = await backend.connect(resource, host, { hostFiles, warn });
  return { resource, backend, machine, spec, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

/** How the traced command ran, for whatever runs in the resource from now on. */
export function runConditions({ run }: Resource): Pick<Required<SpawnOptions>, 'cwd' | 'environment' | 'user'> {
  return { cwd: run.cwd, environment: run.environment, user: run.user };
}

/** A resource whose copy of its spec was lost can be used all the same. */
async function specOf(resource: Resource, warn: OpenOptions['warn']): Promise<Specification | undefined> {
  try {
    return await readOwnSpec(resource);
  } catch (error) {
    if (!(error instanceof ReproError)) throw error;
    warn(`What '${resource.name}' needs of this machine is not known: ${error.message}.`);
    return undefined;
  }
}

async function hostFilesOf(spec: Specification, host: Machine, warn: OpenOptions['warn']): Promise<HostFile[]> {
  for (const message of await hostMismatches(spec.manifest.host ?? [], host)) warn(message);
  return findHostFiles(spec, host, { network: true, warn });
}

function notReady(resource: Resource, state: string): ReproError {
  const { name } = resource;
  const remedy =
    state === 'broken'
      ? `remove it with: reproman delete ${name}; or create it again under the same name`
      : 'wait for that process to end';
  return new ReproError('not-ready', `the resource '${name}' cannot be used: its state is ${state}`, { remedy });
}
