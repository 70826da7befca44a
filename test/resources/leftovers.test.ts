import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directoryMachine } from '../../src/machines/directory.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Plan } from '../../src/model/plan.js';
import type { Resource } from '../../src/model/resource.js';
import { currentProcess } from '../../src/process-identity.js';
import { claimName } from '../../src/resources/claim.js';
import type { CreateOptions } from '../../src/resources/create.js';
import { type Inventory, openInventory, shownState } from '../../src/resources/inventory.js';
import { sweepLeftovers } from '../../src/resources/leftovers.js';

const gone = { pid: 4_194_304, started: 'another boot:1' };

let folder: string;
let inventory: Inventory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leftovers-'));
  inventory = openInventory(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, meanwhile?: Resource['meanwhile']): Promise<void> {
  await inventory.add({
    ...{ name, backend: 'rootfs', state: 'ready', created: '2026-01-02T03:04:05Z', effects: [], details: {} },
    ...{ spec: '/data/environment.yml', planDigest: 'a'.repeat(64), ...(meanwhile && { meanwhile }) },
    run: { cwd: '/data' as FilePath, environment: {}, user: { uid: 0, gid: 0, groups: [] } },
  });
}

async function names(): Promise<string[]> {
  return (await inventory.list()).map(({ name }) => name).sort();
}

it('shows what was made for the work of a process that is gone as broken, whole as it is', async () => {
  await put('build-a', { process: gone, for: 'one' });
  await put('build-b', { process: await currentProcess(), for: 'one' });
  const states = await Promise.all(['build-a', 'build-b'].map(async (name) => shownState(await inventory.find(name))));
  expect(states).toEqual(['broken', 'ready']);
});

it('removes with a resource only what killed processes had made for it', async () => {
  await put('build-a', { process: gone, for: 'one' });
  await put('build-b', { process: await currentProcess(), for: 'one' });
  await put('build-c', { process: gone, for: 'two' });
  await put('build-d');
  await sweepLeftovers('one', await directoryMachine(folder), inventory);
  expect(await names()).toEqual(['build-b', 'build-c', 'build-d']);
});

it('removes that too where a resource of the name is created again', async () => {
  await put('build-a', { process: gone, for: 'one' });
  const options = { name: 'one', spec: { file: '/data/environment.yml', manifest: { runs: [] } } };
  const asked = { ...options, lock: { manifest: 'b'.repeat(64) }, host: await directoryMachine(folder) };
  const plan = { digest: 'c'.repeat(64), cwd: '/', environment: {}, user: { uid: 0, gid: 0, groups: [] } };
  await claimName(asked as unknown as CreateOptions, { plan: plan as unknown as Plan, backend: 'rootfs' }, inventory);
  expect(await names()).toEqual(['one']);
});
