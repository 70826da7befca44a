import type { Outer, OuterWork } from '../../backends/outer.js';
import type { Machine } from '../machines/machine.js';
import { type Progress, silent } from '../model/progress.js';
import type { LiveState, Resource } from '../model/resource.js';
import { findReady, type OpenOptions, readyResource, shownIn } from './connect.js';
import { refuseImage } from './images/instances.js';
import { openInventory } from './inventory.js';
import { kindOf } from './kind.js';
import { goneFrom, type Place } from './place.js';

/** What became of a resource that was to start or stop. */
export interface Running {
  readonly name: string;
  readonly backend: string;
  /** Absent where its backend cannot tell. */
  readonly state?: LiveState;
}

export interface MachineOptions extends Pick<OpenOptions, 'host' | 'inventory'> {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

type WorkOptions = MachineOptions & Pick<OpenOptions, 'warn'>;

/** Lets a resource run until it is stopped; one of which nothing ever runs by itself is left as it is. */
export async function startResource(name: string, { warn, ...options }: WorkOptions): Promise<Running> {
  const woken = await startMachine(name, options);
  await using place = await findReady(name, options);
  const { resource, backend, host } = place;
  refuseImage(resource);
  const present = await refuseMissing(place);
  if (!backend.start) return running(resource, woken ?? present);
  await backend.start(resource, host, { hostFiles: (await shownIn(place, warn)).hostFiles, warn });
  return running(resource, await backend.state?.(resource, host));
}

/** Ends all that runs in a resource, and with it the machine that was made for it. */
export async function stopResource(name: string, options: MachineOptions): Promise<Running> {
  const { inventory = openInventory() } = options;
  const found = await readyResource(name, inventory);
  const { outer } = await kindOf(found.backend);
  if (outer?.stop && found.outer) {
    refuseMachineImage(found, outer);
    await refuseGone(found, outer, options.host);
    await outer.stop(found.outer, options.host, workOf(options));
    return running(found, 'stopped');
  }
  await using place = await findReady(name, options);
  const { resource, backend, host } = place;
  const present = await refuseMissing(place);
  if (!backend.stop) return running(resource, present);
  await backend.stop(resource, host);
  return running(resource, await backend.state?.(resource, host));
}

/** Lets a machine run that is stopped, as long as it is needed: then it is stopped again. Any other is left as it is. */
export async function wakeMachine(name: string, options: MachineOptions): Promise<AsyncDisposable> {
  const isStopped = (await machineState(name, options)) === 'stopped';
  if (isStopped) await startMachine(name, options);
  return {
    async [Symbol.asyncDispose]() {
      // Who gave up waiting does not want it to go on.
      const { signal: _over, ...rest } = options;
      if (isStopped) await stopResource(name, rest);
    },
  };
}

/** Starts the machine that was made for a resource, and keeps where it is from now on; undefined where none was. */
async function startMachine(name: string, options: MachineOptions): Promise<LiveState | undefined> {
  const { host: here, inventory = openInventory() } = options;
  const resource = await readyResource(name, inventory);
  const { outer } = await kindOf(resource.backend);
  if (!outer?.start || !resource.outer) return undefined;
  refuseMachineImage(resource, outer);
  await refuseGone(resource, outer, here);
  const details = await outer.start(resource.outer, here, workOf(options));
  await inventory.update(resource.name, (present) => ({ ...present, outer: details }));
  return 'running';
}

/** There is no machine yet. */
function refuseMachineImage(resource: Resource, { images }: Outer): void {
  if (resource.outer && images?.isImage(resource.outer)) refuseImage(resource);
}

async function machineState(name: string, options: MachineOptions): Promise<LiveState | undefined> {
  const resource = await readyResource(name, options.inventory ?? openInventory());
  const { outer } = await kindOf(resource.backend);
  return outer?.start && resource.outer ? outer.state?.(resource.outer, options.host) : undefined;
}

function workOf({ progress = silent, signal }: MachineOptions): OuterWork {
  return { progress, ...(signal && { signal }) };
}

/** For people: what to know of a state that was asked for. */
export function describeRunning({ name, backend, state }: Running): string {
  if (state === 'running' || state === 'stopped') return `'${name}' is ${state}`;
  return `'${name}' is there whenever it is used: nothing of it runs by itself on ${backend}`;
}

/** What was removed behind our back can neither start nor stop. */
async function refuseMissing({ resource, backend, host }: Place): Promise<LiveState | undefined> {
  const state = await backend.state?.(resource, host);
  if (state === 'missing') throw goneFrom(resource, await backend.describe(resource, host));
  return state;
}

async function refuseGone(resource: Resource, outer: Outer, here: Machine): Promise<void> {
  const details = resource.outer ?? {};
  if ((await outer.state?.(details, here)) === 'missing') throw goneFrom(resource, outer.describe(details));
}

function running({ name, backend }: Resource, state: LiveState | undefined): Running {
  return { name, backend, ...(state && { state }) };
}
