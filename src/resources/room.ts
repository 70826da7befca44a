import { currentProcess } from '../process-identity.js';
import type { Specification } from '../spec/specification.js';
import type { CreateOptions, createEnvironment } from './create.js';
import { openInventory } from './inventory.js';
import { openPlace, type Place } from './place.js';
import { removeResource } from './remove.js';

/** Of the resource that a room is made for. */
export type InRoomOptions = Pick<
  CreateOptions,
  'host' | 'inventory' | 'name' | 'progress' | 'signal' | 'store' | 'trees'
>;

export interface RoomMaker {
  readonly options: InRoomOptions;
  readonly create: typeof createEnvironment;
}

/** Does work in an environment that is there as long as the work; what a killed one left is made anew. */
export async function inRoom<T>(
  name: string,
  spec: Specification,
  { options, create }: RoomMaker,
  work: (room: Place) => Promise<T>,
): Promise<T> {
  const { host, store, inventory = openInventory(), progress, signal, trees } = options;
  const { lock } = spec;
  if (!lock) throw new Error(`${spec.file} has no lock`);
  const told = { host, inventory, ...(progress && { progress }) };
  // One that another resource was made for, by a process that is gone.
  if ((await inventory.get(name))?.meanwhile) await removeResource(name, told);
  const meanwhile = { process: await currentProcess(), for: options.name };
  // It is gone in a moment, and nobody asks for its digests.
  const what = { spec, lock, name, backend: 'rootfs', atEnd: 'unread' as const, meanwhile };
  const { resource } = await create({ ...told, store, ...what, ...(trees && { trees }), ...(signal && { signal }) });
  try {
    await using place = await openPlace(resource, host);
    return await work(place);
  } finally {
    await removeResource(name, told);
  }
}
