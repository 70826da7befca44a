import { ReproError } from '../errors.js';
import type { Machine, SpawnOptions } from '../machines/machine.js';
import type { HostFile } from '../model/host-file.js';
import type { Resource } from '../model/resource.js';
import { hostMismatches } from '../proof/host.js';
import type { Specification } from '../spec/specification.js';
import { findHostFiles } from './host-files.js';
import { refuseImage } from './images/instances.js';
import { type Inventory, openInventory, shownState } from './inventory.js';
import { readOwnSpec } from './own-spec.js';
import { openPlace, type Place } from './place.js';

/** A resource with a connection to it, closed when disposed. */
export interface OpenResource extends Place {
  readonly machine: Machine;
  /** What it was made from; undefined where its own copy was lost, and `warn` was told so. */
  readonly spec: Specification | undefined;
}

export interface OpenOptions {
  /** This machine. */
  readonly host: Machine;
  readonly inventory?: Inventory;
  /** Told what the host has not as the runs had it. */
  readonly warn: (message: string) => void;
  /** What runs there may be traced. */
  readonly isTraced?: boolean;
}

/** Finds a resource that is ready, and connects to the machine that it is on. */
export async function findReady(name: string, options: Pick<OpenOptions, 'host' | 'inventory'>): Promise<Place> {
  const { host, inventory = openInventory() } = options;
  return openPlace(await readyResource(name, inventory), host);
}

/** Finds a resource that can be used. */
export async function readyResource(name: string, inventory: Inventory): Promise<Resource> {
  const resource = await inventory.find(name);
  const state = await shownState(resource);
  if (state !== 'ready') throw notReady(resource, state);
  return resource;
}

/** Connects to a resource by name or the beginning of one, with what its runs took from the machine below. */
export async function openResource(
  name: string,
  { warn, isTraced = false, ...options }: OpenOptions,
): Promise<OpenResource> {
  const place = await findReady(name, options);
  const { resource, backend, host } = place;
  try {
    refuseImage(resource);
    const { spec, hostFiles } = await shownIn(place, warn);
    const machine = await backend.connect(resource, host, {
      ...{ hostFiles, warn },
      ...(!isTraced && { users: 'welcome' }),
    });
    const dispose = async () => {
      await machine[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    };
    return { ...place, machine, spec, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a resource's programs see of the machine below, with the spec that says what they need of it. */
export async function shownIn(
  { resource, host }: Place,
  warn: OpenOptions['warn'],
): Promise<{ readonly spec: Specification | undefined; readonly hostFiles: readonly HostFile[] }> {
  const spec = await specOf(resource, warn);
  return { spec, hostFiles: spec === undefined ? [] : await hostFilesOf(spec, host, warn) };
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
  const { name, formerly } = resource;
  const remedies: Readonly<Record<string, string>> = {
    broken: `remove it with: reproman delete ${name}; or create it again under the same name`,
    renaming: `where that was cut off, finish it with: reproman rename ${formerly} ${name}`,
  };
  const remedy = remedies[state] ?? 'wait for that process to end';
  return new ReproError('not-ready', `the resource '${name}' cannot be used: its state is ${state}`, { remedy });
}
