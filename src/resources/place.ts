import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Backend, BackendContext } from '../../backends/backend.js';
import { type BaseTable, findNative } from '../../backends/native-base.js';
import type { Outer } from '../../backends/outer.js';
import { ReproError } from '../errors.js';
import type { SystemMaker } from '../machines/formats/bootable-system.js';
import type { Machine } from '../machines/machine.js';
import type { Effect, Resource } from '../model/resource.js';
import type { Base } from '../packaging/base-system.js';
import type { Inventory } from './inventory.js';
import { inventoryMark } from './inventory-mark.js';
import { type Kind, type KindParameters, kindOf } from './kind.js';

/** A resource where it is: whatever is done to it, its backend does it, on that machine. */
export interface Placed {
  readonly resource: Resource;
  readonly backend: Backend;
  /** What the backend acts on: this machine, or the one that the backend before the colon leads to. */
  readonly host: Machine;
  /** The machine that this process runs on. */
  readonly here: Machine;
}

/** With the connection to its machine, closed when disposed. */
export interface Place extends Placed, AsyncDisposable {}

/** The only way from a resource to its backend: connects to the machine that it is on. */
export async function openPlace(resource: Resource, here: Machine, signal?: AbortSignal): Promise<Place> {
  const { backend, outer } = await kindOf(resource.backend);
  if (!outer) return { resource, backend, host: here, here, async [Symbol.asyncDispose]() {} };
  if (!resource.outer) throw neverReached(resource);
  const host = await reach(resource, outer, here, signal);
  return { resource, backend, host, here, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

/** What cannot be reached may be a machine that was stopped, or removed behind our back. */
async function reach(resource: Resource, outer: Outer, here: Machine, signal?: AbortSignal): Promise<Machine> {
  const details = resource.outer ?? {};
  try {
    return await outer.connect(details, here, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const state = await outer.state?.(details, here).catch(() => undefined);
    if (state === 'missing') throw goneFrom(resource, outer.describe(details));
    if (state === 'stopped') throw stoppedMachine(resource, outer.describe(details));
    throw error;
  }
}

/** What was removed behind our back can only be forgotten. */
export function goneFrom({ name, spec }: Resource, where: string): ReproError {
  return new ReproError('not-ready', `the resource '${name}' is gone from where it was`, {
    where,
    remedy: `forget it with: reproman delete ${name}; make it again with: reproman create --name ${name} ${spec}`,
  });
}

function stoppedMachine({ name }: Resource, where: string): ReproError {
  return new ReproError('not-ready', `the machine of '${name}' is stopped`, {
    where,
    remedy: `start it with: reproman start ${name}`,
  });
}

/** For people: where a resource is. */
export async function describePlace({ resource, backend, host }: Placed): Promise<string> {
  const description = await backend.describe(resource, host);
  return host.isLocal ? description : `${description} on ${host.label}`;
}

/** Connects when the place is first asked for, if it ever is. */
export function reachPlace(resource: Resource, here: Machine): AsyncDisposable & { place(): Promise<Place> } {
  let opened: Promise<Place> | undefined;
  return {
    place: () => (opened ??= openPlace(resource, here)),
    async [Symbol.asyncDispose]() {
      // Why it could not be reached was thrown to who asked for it.
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}

export interface NewPlace extends BackendContext {
  readonly name: string;
  readonly kind: Kind;
  readonly parameters: KindParameters;
  /** The version of reproman that builds, for labels. */
  readonly tool: string;
  readonly inventory: Inventory;
  /** Of the spec. */
  readonly base: Base;
  readonly system: SystemMaker;
  /** The image that the machine is to be made of, as the backend before the colon has it. */
  readonly image?: Resource['details'];
  /** The user's own, which go before those of the package. */
  readonly bases?: BaseTable;
}

/** The place of a resource that is only claimed yet; its `host` is this machine. */
export async function makePlace(asked: NewPlace): Promise<Place> {
  const { name, kind, parameters, tool, inventory, host: here, signal, ...context } = asked;
  const { outer, backend } = kind;
  // What is made of another resource is on its machine.
  if (outer && !(await inventory.get(name))?.outer) {
    const record = (effect: Effect) => context.record({ ...effect, outer: true });
    const cancel = signal ? { signal } : {};
    const mark = await inventoryMark(inventory.folder);
    const folder = join(inventory.folder, 'machines', `${name}-${randomUUID().slice(0, 8)}`);
    const native = await findNative(outer.name, asked.base, asked);
    const own = { name, tool, inventory: mark, folder, backend: backend.name, ...(native !== undefined && { native }) };
    const told = { ...context, ...own, record, ...cancel, host: here };
    const details = await outer.bootstrap({ ...told, parameters: parameters.outer });
    await inventory.update(name, (present) => ({ ...present, outer: details }));
  }
  const resource = await inventory.find(name);
  const place = await openPlace(resource, here, signal);
  // What is to be done here was asked before the name was claimed.
  if (!outer) return place;
  try {
    refuseOtherMachine(place);
    const readiness = await backend.check(place.host, parameters.backend);
    if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
    return place;
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
}

/** The folder that a backend is given for a resource's files: beside the inventory, or the user's own on another machine. */
export function folderOn(host: Machine, inventory: Inventory, name: string): string {
  if (host.isLocal) return join(inventory.folder, 'trees', name);
  if (host.dataFolder !== undefined) return join(host.dataFolder, 'reproman', 'trees', name);
  throw new ReproError('not-ready', `it is not known where files are kept on ${host.label}`);
}

/** What is made here runs on machines of this kind only. */
function refuseOtherMachine({ host, here }: Placed): void {
  const [there, own] = [host.processor, here.processor];
  if (there === own) return;
  throw new ReproError('not-ready', `${host.label} is ${there}, and what is made on this machine is for ${own}`, {
    remedy: 'run reproman on a machine of that kind',
  });
}

function neverReached({ name, backend }: Resource): ReproError {
  return new ReproError('not-ready', `the machine of '${name}' on ${backend} is not known: it was never reached`, {
    remedy: `remove what is left with: reproman delete ${name}`,
  });
}
