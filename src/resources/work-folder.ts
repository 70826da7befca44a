import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { chooseMapping, removeTree } from '../machines/rootfs.js';
import type { Effect } from '../model/resource.js';

const kind = 'work-folder';

/** The folder that bootstrap works in, as an effect, so that it goes even when the process is killed. */
export function workFolderEffect(inventoryFolder: string, name: string): Effect {
  return { kind, id: join(inventoryFolder, 'work', name) };
}

export function isWorkFolder(effect: Effect): boolean {
  return effect.kind === kind;
}

export async function makeWorkFolder(effect: Effect): Promise<string> {
  await mkdir(effect.id, { recursive: true, mode: 0o700 });
  return effect.id;
}

/** What an ordinary user's bootstrap left there may belong to mapped ids, which only the mapping can remove. */
export async function removeWorkFolder(effect: Effect, host: Machine): Promise<void> {
  try {
    // A bootstrap that lost its parent to a kill may still be writing there until it notices.
    await rm(effect.id, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  } catch (error) {
    if (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error;
    await removeTree(effect.id, await chooseMapping(host), host);
  }
}
