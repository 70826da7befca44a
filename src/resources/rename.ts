import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Effect, Resource } from '../model/resource.js';
import { currentProcess, isAlive } from '../process-identity.js';
import { readyResource } from './connect.js';
import { refuseWithInstances } from './images/instances.js';
import { checkName, type Inventory, openInventory } from './inventory.js';
import { isOwnSpec, ownSpecEffect, renameOwnSpec } from './own-spec.js';
import { folderOn, openPlace } from './place.js';
import { inUse } from './remove.js';

export interface RenameOptions {
  /** This machine. */
  readonly host: Machine;
  readonly inventory?: Inventory;
}

/**
 * Gives a resource another name, and what is called after it. Each step is in the inventory before it is done: what a
 * kill cuts off is finished by asking again, and what fails is taken back.
 */
export async function renameResource(name: string, to: string, options: RenameOptions): Promise<Resource> {
  const { inventory = openInventory() } = options;
  checkName(to);
  const found = await wanted(name, to, inventory);
  await refuseWithInstances(found, 'renamed', inventory);
  await using place = await openPlace(found, options.host);
  const { host, backend } = place;
  const { naming } = backend;
  if (!naming) throw new ReproError('not-ready', `a resource of the backend ${backend.name} keeps its name`);
  const { formerly = found.name } = found;
  const called = (each: string) => ({ name: each, folder: folderOn(host, inventory, each) });
  const { details, effects } = naming.renamed(found, called(formerly), called(to));
  const pairs = [...specPair(found, to, inventory), ...effects.filter(([{ outer }]) => !outer)];
  await begin(found, to, inventory);
  const rename = async (from: Effect, into: Effect) => {
    await inventory.update(to, (present) => ({ ...present, effects: [...without(present.effects, into), into] }));
    await (isOwnSpec(from) ? renameOwnSpec(from, into) : naming.rename(from, into, host));
    await inventory.update(to, (present) => ({ ...present, effects: without(present.effects, from) }));
  };
  try {
    for (const [from, into] of pairs) await rename(from, into);
  } catch (error) {
    for (const [from, into] of pairs.toReversed()) await rename(into, from);
    await inventory.move(to, formerly, settled);
    throw error;
  }
  return inventory.update(to, (present) => ({ ...settled(present), details }));
}

/** What is to have another name; or was to, or has it already, when that was cut off. */
async function wanted(name: string, to: string, inventory: Inventory): Promise<Resource> {
  const resource =
    (await cutOff(to, name, inventory)) ??
    (await cutOff(name, name, inventory)) ??
    (await readyResource(name, inventory));
  if (resource.name !== to || resource.state === 'renaming') return resource;
  throw new ReproError('usage', `the resource is called '${to}' already`);
}

/** From now on it has the new name, and keeps the old one from others until nothing is called so. */
async function begin(found: Resource, to: string, inventory: Inventory): Promise<void> {
  const process = await currentProcess();
  const claimed = (present: Resource): Resource => {
    if (present.state !== found.state || present.process?.pid !== found.process?.pid) throw inUse(present);
    return { ...present, state: 'renaming', formerly: found.formerly ?? found.name, process };
  };
  await (found.name === to ? inventory.update(to, claimed) : inventory.move(found.name, to, claimed));
}

/** What has a name and was given it, or was to lose it, by a process that is gone. */
async function cutOff(name: string, formerly: string, inventory: Inventory): Promise<Resource | undefined> {
  const present = await inventory.get(name);
  if (present?.state !== 'renaming' || present.formerly !== formerly) return undefined;
  if (present.process && (await isAlive(present.process))) throw inUse(present);
  return present;
}

function specPair({ effects }: Resource, to: string, { folder }: Inventory): (readonly [Effect, Effect])[] {
  const own = ownSpecEffect(folder, to);
  return effects.filter((effect) => isOwnSpec(effect) && effect.id !== own.id).map((effect) => [effect, own]);
}

function without(effects: readonly Effect[], { kind, id }: Effect): Effect[] {
  return effects.filter((effect) => effect.kind !== kind || effect.id !== id);
}

function settled({ process: _done, formerly: _gone, ...resource }: Resource): Resource {
  return { ...resource, state: 'ready' };
}
