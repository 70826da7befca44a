import { randomUUID } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '../machines/machine.js';
import { chooseTreeMapping, removeTree } from '../machines/rootfs/index.js';
import type { Effect } from '../model/resource.js';

const kind = 'work-folder';

/**
 * The folder that bootstrap works in, as an effect, so that it goes even when the process is killed. An ordinary user's
 * home may be closed to the ids that bootstrap runs with, so theirs is where temporary files are.
 */
export async function workFolderEffect(inventoryFolder: string, name: string): Promise<Effect> {
  const id = isRoot()
    ? join(inventoryFolder, 'work', name)
    : join(await openPlace(), `reproman-work-${name}-${randomUUID()}`);
  return { kind, id };
}

/** The first place for temporary files that everybody can pass into. */
async function openPlace(): Promise<string> {
  for (const place of [tmpdir(), '/tmp', '/var/tmp']) if (await isOpen(place)) return place;
  return tmpdir();
}

async function isOpen(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory() || (found.mode & 0o001) === 0) return false;
  return folder === '/' || isOpen(dirname(folder));
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
  const mapping = await chooseTreeMapping(host);
  for (let patience = 10; ; patience--) {
    try {
      return await removeTree(effect.id, mapping, host);
    } catch (error) {
      // A bootstrap that lost its parent to a kill may still be writing there until it notices.
      if (patience === 0) throw error;
      await delay(200);
    }
  }
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
