import type { Machine } from '../machines/machine.js';
import { type Inventory, shownState } from './inventory.js';
import { removeResource } from './remove.js';

/** Removes what killed processes left of what they had made for a resource, such as the rooms that packages are built in. */
export async function sweepLeftovers(name: string, host: Machine, inventory: Inventory): Promise<void> {
  for (const { resource } of await inventory.list()) {
    if (resource?.meanwhile?.for !== name || (await shownState(resource)) !== 'broken') continue;
    await removeResource(resource.name, { host, inventory });
  }
}
