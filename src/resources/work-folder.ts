import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { chooseMapping, removeTree } from '../machines/rootfs.js';
import type { Effect } from '../model/resource.js';

const kind = 'work-folder';

/**
 * The folder that bootstrap works in, as an effect, so that it goes even when the process is killed. An ordinary user's
 * home may be closed to the ids that bootstrap runs with, so theirs is where temporary files are.
 */
export function workFolderEffect(inventoryFolder: string, name: string): Effect {
  const own = join(inventoryFolder, 'work', name);
  return { kind, id: isRoot() ? own : join(tmpdir(), `reproman-work-${name}-${randomUUID()}`) };
}

export function isWorkFolder(effect: Effect): boolean {
  return effect.kind === kind;
}

export async function makeWorkFolder(effect: Effect): Promise<string> {
  await mkdir(dirname(effect.id), { recursive: true, mode: 0o700 });
  await mkdir(effect.id, { mode: 0o700 });
  if (!isRoot()) await chmod(effect.id, 0o711);
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

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
