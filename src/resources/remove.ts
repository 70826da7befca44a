import type { UndoOptions } from '../../backends/backend.js';
import { ReproError, reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { type Progress, silent } from '../model/progress.js';
import type { Effect, Resource } from '../model/resource.js';
import { currentProcess, isAlive } from '../process-identity.js';
import { sweepScratch } from '../scratch.js';
import { refuseWithInstances } from './images/instances.js';
import { type Inventory, openInventory, shownState } from './inventory.js';
import { kindOf } from './kind.js';
import { isOwnSpec, removeOwnSpec } from './own-spec.js';
import { reachPlace } from './place.js';
import { isWorkFolder, removeWorkFolder } from './work-folder.js';

export interface RemoveOptions {
  /** This machine. */
  readonly host: Machine;
  readonly inventory?: Inventory;
  readonly progress?: Progress;
  /** Forget what cannot be reached, and say what stays there. */
  readonly force?: boolean;
}

/** Undoes all that a resource made, newest first, and forgets it. What is interrupted can be asked for again. */
export async function removeResource(name: string, options: RemoveOptions): Promise<Resource> {
  const { inventory = openInventory(), progress = silent, force = false } = options;
  const found = await inventory.find(name);
  const state = await shownState(found);
  const isRenamed = state === 'renaming' && found.process !== undefined && (await isAlive(found.process));
  const claimant = await currentProcess();
  const resource = await inventory.update(found.name, async (present) => {
    if (present.state !== found.state || present.process?.pid !== found.process?.pid) throw inUse(present);
    if (state === 'creating' || state === 'removing' || isRenamed) throw inUse(present);
    await refuseWithInstances(present, 'removed', inventory);
    return { ...present, state: 'removing', process: claimant };
  });
  progress({ kind: 'begin', stage: `remove ${resource.name}` });
  try {
    const late = state === 'broken';
    if (late) await sweepScratch();
    const tell = (message: string) => progress({ kind: 'note', message });
    await undoAll(resource, options.host, inventory, {
      late,
      tell,
      ...(force && { leave: tellOf(resource, progress) }),
    });
  } catch (error) {
    await release(resource.name, inventory);
    throw unreachable(error, resource);
  }
  await inventory.remove(resource.name);
  progress({ kind: 'end', stage: `remove ${resource.name}` });
  return resource;
}

interface UndoAllOptions extends UndoOptions {
  /** Told of each effect that stays, since what has it cannot be reached. Without it that is an error. */
  readonly leave?: (effect: Effect, why: string) => void;
}

/**
 * Undoes the effects, newest first, and strikes each from the journal when it is undone. Each was recorded when those
 * before it were there: after a kill only the newest may be `late`.
 */
export async function undoAll(
  resource: Resource,
  here: Machine,
  inventory: Inventory,
  { late = false, tell, leave }: UndoAllOptions = {},
): Promise<void> {
  const { backend, outer } = await kindOf(resource.backend);
  const newest = resource.effects.at(-1);
  await using reached = reachPlace(resource, here);
  for (const effect of resource.effects.toReversed()) {
    const options = { late: late && effect === newest, ...(tell && { tell }) };
    try {
      if (isWorkFolder(effect)) await removeWorkFolder(effect, here);
      else if (isOwnSpec(effect)) await removeOwnSpec(effect);
      else if (effect.outer) await outer?.undo?.(effect, here, options);
      // What a machine that was made for it has goes with the machine.
      else if (!outer?.makesMachine) await backend.undo(effect, (await reached.place()).host, options);
    } catch (error) {
      if (!leave || !(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
      leave(effect, reasonOf(error));
    }
    await inventory.update(resource.name, (present) => ({ ...present, effects: without(present.effects, effect) }));
  }
}

/** Nobody works on it any more: it is shown as broken from now on, and can be removed or created again. */
export async function release(name: string, inventory: Inventory): Promise<void> {
  await inventory.update(name, ({ process: _gone, ...resource }) => resource);
}

/** What is needed to undo it may never come back. */
function unreachable(error: unknown, { name }: Resource): unknown {
  if (!(error instanceof ReproError) || error.kind !== 'not-ready') return error;
  const { kind, message, where, remedy } = error;
  const instead = `to forget it, and leave what is there: reproman delete --force ${name}`;
  return new ReproError(kind, `'${name}' cannot be removed: ${message}`, {
    ...(where !== undefined && { where }),
    remedy: remedy ? `${remedy}; ${instead}` : instead,
    cause: error,
  });
}

function tellOf(resource: Resource, progress: Progress): (effect: Effect, why: string) => void {
  return ({ kind, id }, why) => {
    const message = `the ${kind} ${id} of '${resource.name}' stays, and is forgotten: ${why}`;
    progress({ kind: 'note', message });
  };
}

function without(effects: readonly Effect[], done: Effect): Effect[] {
  return effects.filter(({ kind, id, token }) => kind !== done.kind || id !== done.id || token !== done.token);
}

/** Why nobody else may work on a resource now. */
export function inUse(resource: Resource): ReproError {
  const who = resource.process ? ` by process ${resource.process.pid}` : '';
  const doing = { creating: 'created', ready: 'used', renaming: 'renamed', removing: 'removed' }[resource.state];
  return new ReproError('usage', `the resource '${resource.name}' is just being ${doing}${who}`, {
    remedy: 'wait for that process to end, or end it, and try again',
  });
}
