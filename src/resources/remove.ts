import type { UndoOptions } from '../../backends/backend.js';
import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import { currentProcess } from '../process-identity.js';
import { backendOf } from './backend-of.js';
import { type Inventory, openInventory, shownState } from './inventory.js';
import { isOwnSpec, removeOwnSpec } from './own-spec.js';
import { isWorkFolder, removeWorkFolder } from './work-folder.js';

export interface RemoveOptions {
  readonly host: Machine;
  readonly inventory?: Inventory;
  readonly progress?: Progress;
}

/** Undoes all that a resource made, newest first, and forgets it. What is interrupted can be asked for again. */
export async function removeResource(name: string, options: RemoveOptions): Promise<Resource> {
  const { inventory = openInventory(), progress = silent } = options;
  const found = await inventory.find(name);
  const state = await shownState(found);
  const claimant = await currentProcess();
  const resource = await inventory.update(found.name, (present) => {
    if (present.state !== found.state || present.process?.pid !== found.process?.pid) throw inUse(present);
    if (state === 'creating' || state === 'removing') throw inUse(present);
    return { ...present, state: 'removing', process: claimant };
  });
  progress({ kind: 'begin', stage: `remove ${resource.name}` });
  try {
    await undoAll(resource, options.host, inventory, { late: state === 'broken' });
  } catch (error) {
    await release(resource.name, inventory);
    throw error;
  }
  await inventory.remove(resource.name);
  progress({ kind: 'end', stage: `remove ${resource.name}` });
  return resource;
}

/**
 * Undoes the effects, newest first, and strikes each from the journal when it is undone. Each was recorded when those
 * before it were there: after a kill only the newest may be `late`.
 */
export async function undoAll(
  resource: Resource,
  host: Machine,
  inventory: Inventory,
  { late = false }: UndoOptions = {},
): Promise<void> {
  const backend = await backendOf(resource.backend);
  const newest = resource.effects.at(-1);
  for (const effect of resource.effects.toReversed()) {
    if (isWorkFolder(effect)) await removeWorkFolder(effect, host);
    else if (isOwnSpec(effect)) await removeOwnSpec(effect);
    else await backend.undo(effect, host, { late: late && effect === newest });
    await inventory.update(resource.name, (present) => ({ ...present, effects: without(present.effects, effect) }));
  }
}

/** Nobody works on it any more: it is shown as broken from now on, and can be removed or created again. */
export async function release(name: string, inventory: Inventory): Promise<void> {
  await inventory.update(name, ({ process: _gone, ...resource }) => resource);
}

function without(effects: readonly Effect[], done: Effect): Effect[] {
  return effects.filter(({ kind, id, token }) => kind !== done.kind || id !== done.id || token !== done.token);
}

function inUse(resource: Resource): ReproError {
  const who = resource.process ? ` by process ${resource.process.pid}` : '';
  const doing = resource.state === 'creating' ? 'created' : 'removed';
  return new ReproError('usage', `the resource '${resource.name}' is just being ${doing}${who}`, {
    remedy: 'wait for that process to end, or end it, and try again',
  });
}
