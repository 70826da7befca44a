import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContentFolder } from '../../../src/archives/store.js';
import { localMachine } from '../../../src/machines/local.js';
import type { FilePath } from '../../../src/model/file-path.js';
import type { Resource } from '../../../src/model/resource.js';
import { openResource } from '../../../src/resources/connect.js';
import { commitInstance } from '../../../src/resources/images/commit.js';
import { instantiateImage } from '../../../src/resources/images/instantiate.js';
import { type Inventory, openInventory } from '../../../src/resources/inventory.js';
import { removeResource } from '../../../src/resources/remove.js';
import { renameResource } from '../../../src/resources/rename.js';

const host = await localMachine();
let folder: string;
let inventory: Inventory;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instances-'));
  inventory = openInventory(folder);
  await inventory.add(resource('system', { form: 'image' }));
  await inventory.add(resource('worker', { image: 'system' }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function resource(name: string, of: Pick<Resource, 'form' | 'image'>): Resource {
  return {
    ...{ name, backend: 'rootfs', state: 'ready', created: '2026-01-02T03:04:05Z', spec: '/data/e.yml' },
    ...{ effects: [], details: {}, planDigest: 'a'.repeat(64), ...of },
    run: { cwd: '/' as FilePath, environment: {}, user: { uid: 0, gid: 0, groups: [] } },
  };
}

it('keeps in the inventory what is an image, and what was made of it', async () => {
  expect(await inventory.get('system')).toStrictEqual(resource('system', { form: 'image' }));
  expect(await inventory.get('worker')).toStrictEqual(resource('worker', { image: 'system' }));
});

it('neither removes nor renames an image that instances were made of', async () => {
  await expect(removeResource('system', { host, inventory })).rejects.toThrow("'system' cannot be removed: worker");
  await expect(renameResource('system', 'other', { host, inventory })).rejects.toThrow('cannot be renamed: worker');
  expect(await inventory.get('system')).toMatchObject({ state: 'ready' });
  await removeResource('worker', { host, inventory });
  await removeResource('system', { host, inventory });
  expect(await inventory.list()).toEqual([]);
});

it('lets nothing run in an image, and says how to make an instance', async () => {
  const opening = openResource('system', { host, inventory, warn: () => undefined });
  await expect(opening).rejects.toMatchObject({
    kind: 'usage',
    remedy: 'make an instance of it: reproman instantiate system',
  });
});

it('makes instances of images only, and images of instances only', async () => {
  const store = {} as ContentFolder;
  const instantiating = instantiateImage({ image: 'worker', host, inventory, store });
  await expect(instantiating).rejects.toMatchObject({ remedy: expect.stringContaining('reproman commit worker') });
  await expect(commitInstance({ instance: 'system', host, inventory, store })).rejects.toThrow("'system' is an image");
});
