import type { Backend } from '../../backends/backend.js';
import { reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Progress } from '../model/progress.js';
import { effectsOf } from './garbage.js';
import type { Inventory } from './inventory.js';

export interface SweepOptions {
  readonly host: Machine;
  readonly parameters: unknown;
  readonly inventory: Inventory;
  /** What things of this inventory carry. */
  readonly mark: string;
  readonly progress: Progress;
}

/**
 * Removes layers of this inventory of which no resource knows: an engine may end what it was asked for long after who asked
 * was killed, and what that made was taken back.
 */
export async function sweepLayers(backend: Backend, options: SweepOptions): Promise<void> {
  const { host, parameters, inventory, mark, progress } = options;
  if (!backend.layers?.find) return;
  try {
    const found = await backend.layers.find(host, parameters as never);
    const own = found.filter((each) => each.inventory === mark);
    if (own.length === 0) return;
    // Whatever was there to be found was in the inventory before.
    const tokens = new Set((await effectsOf(inventory)).map(({ token }) => token));
    for (const { effect } of own) if (!tokens.has(effect.token)) await backend.undo?.(effect, host);
  } catch (error) {
    progress({ kind: 'note', message: `what killed commands may have left was not looked for: ${reasonOf(error)}` });
  }
}
