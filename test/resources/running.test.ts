import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { resourceInfo } from '../../src/resources/info.js';
import { type Inventory, openInventory } from '../../src/resources/inventory.js';
import { listResources, shownLive } from '../../src/resources/list.js';
import { describeRunning, startResource, stopResource } from '../../src/resources/running.js';

const host = await localMachine();
let folder: string;
let inventory: Inventory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'running-'));
  inventory = openInventory(folder);
  await mkdir(join(folder, 'here/tree'), { recursive: true });
  await inventory.add(resource('here'));
  await inventory.add(resource('gone'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function resource(name: string, changes: Partial<Resource> = {}): Resource {
  const own = join(folder, name);
  return {
    ...{ name, backend: 'rootfs', state: 'ready', created: '2026-01-02T03:04:05Z', spec: '/data/e.yml', effects: [] },
    details: { folder: own, tree: join(own, 'tree'), mapping: { kind: 'identity' } },
    planDigest: 'a'.repeat(64),
    run: {
      command: ['fit', 'a b'],
      cwd: '/srv' as FilePath,
      environment: { LANG: 'C' },
      user: { uid: 1, gid: 2, groups: [] },
    },
    ...changes,
  };
}

const options = () => ({ host, inventory, warn: () => undefined });

describe('starting and stopping what never runs by itself', () => {
  it.each([
    ['start', startResource],
    ['stop', stopResource],
  ])('is nothing to do, and said (%s)', async (_, act) => {
    const running = await act('here', options());
    expect(running).toEqual({ name: 'here', backend: 'rootfs', state: 'present' });
    expect(describeRunning(running)).toContain('nothing of it runs by itself');
  });

  it.each([
    ['start', startResource],
    ['stop', stopResource],
  ])('is refused where it was removed behind our back (%s)', async (_, act) => {
    await expect(act('gone', options())).rejects.toMatchObject({ kind: 'not-ready', where: join(folder, 'gone') });
  });
});

describe('a list of resources', () => {
  it('is what the inventory has, and asks no backend', async () => {
    await inventory.add(resource('other', { backend: 'docker', details: { engine: 'unix:///no/such' } }));
    const rows = await listResources({ host, inventory });
    expect(rows.map(({ name, live, problem }) => ({ name, live, problem }))).toEqual([
      { name: 'gone' },
      { name: 'here' },
      { name: 'other' },
    ]);
  });

  it("says when asked what is really there, and what cannot be known of one is that one's problem", async () => {
    await inventory.add(resource('other', { backend: 'docker', details: { engine: 'unix:///no/such' } }));
    const [gone, here, other] = await listResources({ host, inventory, refresh: true });
    expect(gone).toMatchObject({ live: 'missing' });
    expect(gone).not.toHaveProperty('size');
    expect(here).toMatchObject({ live: 'present', description: join(folder, 'here') });
    expect(other).toMatchObject({ state: 'ready', problem: expect.any(String) });
    expect([gone, here, other].map((row) => row && shownLive(row))).toEqual(['gone', 'ready', 'ready']);
  });

  it('is of those that are named, by the beginning of a name too', async () => {
    expect((await listResources({ host, inventory, names: ['he'] })).map(({ name }) => name)).toEqual(['here']);
    await expect(listResources({ host, inventory, names: ['x'] })).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('what is told of one resource', () => {
  it('is what is known although its spec was lost, with that as a problem', async () => {
    const info = await resourceInfo('here', { host, inventory });
    expect(info).toMatchObject({
      live: 'present',
      run: { cwd: '/srv', command: ['fit', 'a b'] },
      planDigest: 'a'.repeat(64),
    });
    expect(info.problem).toContain("the spec that 'here' keeps cannot be used");
  });

  it('has nothing of what a backend keeps for itself', async () => {
    await inventory.update('here', (present) => ({ ...present, effects: [{ kind: 'x', id: 'y', token: 'sesame' }] }));
    expect(JSON.stringify(await resourceInfo('here', { host, inventory }))).not.toContain('sesame');
  });
});
