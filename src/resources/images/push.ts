import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type Progress, silent } from '../../model/progress.js';
import type { Effect } from '../../model/resource.js';
import { findReady } from '../connect.js';
import { type Inventory, openInventory } from '../inventory.js';

export interface PushOptions {
  readonly name: string;
  /** Such as `registry.example.org/lab/analysis:1`. */
  readonly reference: string;
  /** This machine. */
  readonly host: Machine;
  readonly inventory?: Inventory;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Gives the image of a resource to a registry. Returns the name by which it can be had for ever, with its digest. */
export async function pushImage(options: PushOptions): Promise<string> {
  const { host: here, inventory = openInventory(), progress = silent, signal } = options;
  await using place = await findReady(options.name, { host: here, inventory });
  const { resource, backend, host } = place;
  if (!backend.push) {
    throw new ReproError('usage', `'${resource.name}' on ${resource.backend} is no image of an engine`, {
      remedy: `make one of it: reproman import ${resource.name} --backend docker --image-only --name NAME`,
    });
  }
  const recorded: Effect[] = [];
  const record = async (effect: Effect) => {
    recorded.push(effect);
    await inventory.update(resource.name, (present) => ({ ...present, effects: [...present.effects, effect] }));
  };
  const context = { host, here, record, progress, ...(signal && { signal }) };
  const named = await backend.push(resource, withTag(options.reference), context);
  const isUndone = ({ kind, id }: Effect) => recorded.some((each) => each.kind === kind && each.id === id);
  await inventory.update(resource.name, (present) => ({
    ...present,
    effects: present.effects.filter((effect) => !isUndone(effect)),
  }));
  return named;
}

/** A registry's port has a colon too: the tag is in the last part. */
function withTag(reference: string): string {
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}
