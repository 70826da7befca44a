import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { type Inventory, openInventory } from '../../src/resources/inventory.js';
import { removeResource } from '../../src/resources/remove.js';
import { renameResource } from '../../src/resources/rename.js';

const host = await localMachine();
const mapping = { kind: 'identity' } as const;
let folder: string;
let inventory: Inventory;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rename-'));
  inventory = openInventory(folder);
  const tree = join(folder, 'trees/one');
  await mkdir(join(tree, 'tree'), { recursive: true });
  await mkdir(join(tree, '.reproman-mark'));
  await mkdir(join(folder, 'specs/one'), { recursive: true });
  await writeFile(join(tree, 'tree/result'), '42');
  await writeFile(join(folder, 'specs/one/environment.yml'), 'version: 1');
  await inventory.add(resource(tree));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function resource(tree: string): Resource {
  return {
    ...{ name: 'one', backend: 'rootfs', state: 'ready', created: '2026-01-02T03:04:05Z', spec: '/data/e.yml' },
    effects: [
      { kind: 'spec', id: join(folder, 'specs/one') },
      { kind: 'tree', id: tree, at: JSON.stringify(mapping), token: 'mark' },
    ],
    details: { folder: tree, tree: join(tree, 'tree'), mapping },
    planDigest: 'a'.repeat(64),
    run: { cwd: '/' as FilePath, environment: {}, user: { uid: 0, gid: 0, groups: [] } },
  };
}

/** All that is of a name lies where that says, and there only. */
async function expectWhole(name: string, other: string) {
  const found = await inventory.get(name);
  expect(found).toMatchObject({ name, state: 'ready', details: { tree: join(folder, 'trees', name, 'tree') } });
  expect(found).not.toHaveProperty('formerly');
  expect(found?.effects.map(({ id }) => id).sort()).toEqual([join(folder, 'specs', name), join(folder, 'trees', name)]);
  expect(await readFile(join(folder, 'trees', name, 'tree/result'), 'utf8')).toBe('42');
  expect(existsSync(join(folder, 'specs', name, 'environment.yml'))).toBe(true);
  expect(await inventory.get(other)).toBeUndefined();
  for (const kind of ['trees', 'specs']) expect(existsSync(join(folder, kind, other))).toBe(false);
}

describe('renaming a resource', () => {
  it('gives its folders and what is known of it the other name', async () => {
    expect(await renameResource('one', 'two', { host, inventory })).toMatchObject({ name: 'two', state: 'ready' });
    await expectWhole('two', 'one');
  });

  it('leaves a folder that the user chose where it is', async () => {
    const chosen = join(folder, 'chosen');
    await inventory.update('one', (present) => ({
      ...present,
      effects: [{ kind: 'tree', id: chosen, at: JSON.stringify(mapping), token: 'mark' }],
      details: { folder: chosen, tree: join(chosen, 'tree'), mapping },
    }));
    const renamed = await renameResource('one', 'two', { host, inventory });
    expect(renamed.details).toMatchObject({ folder: chosen });
  });

  it('takes all back where a folder of somebody else is in the way', async () => {
    await mkdir(join(folder, 'trees/two/theirs'), { recursive: true });
    await expect(renameResource('one', 'two', { host, inventory })).rejects.toMatchObject({
      kind: 'usage',
      where: join(folder, 'trees/two'),
    });
    expect(existsSync(join(folder, 'trees/two/theirs'))).toBe(true);
    await rm(join(folder, 'trees/two'), { recursive: true });
    await expectWhole('one', 'two');
  });

  it.each([
    ['a name in use', 'taken'],
    ['its own name', 'one'],
    ['what can be no name', 'Two Words'],
  ])('refuses %s', async (_, to) => {
    await inventory.add({ ...resource(join(folder, 'trees/taken')), name: 'taken' });
    await expect(renameResource('one', to, { host, inventory })).rejects.toMatchObject({ kind: 'usage' });
    expect(await inventory.get('one')).toMatchObject({ state: 'ready' });
  });
});

/** An inventory of a process that is killed before or after its so many-th change. */
function killedAt(change: number, when: 'before' | 'after'): Inventory {
  let count = 0;
  const dying =
    <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      if (count > change || (count === change && when === 'before')) throw new Error('killed');
      const result = await work(...given);
      if (count++ === change && when === 'after') throw new Error('killed');
      return result;
    };
  return { ...inventory, update: dying(inventory.update), move: dying(inventory.move) };
}

/** As after the end of the process that was at it. */
async function die(): Promise<Resource | undefined> {
  for (const { name, resource: present } of await inventory.list())
    if (present?.process) {
      await inventory.update(name, (each) => ({ ...each, process: { pid: 1, started: 'long ago' } }));
    }
  return (await inventory.list())[0]?.resource;
}

/** Begun, two changes for each of two things, settled. */
const changes = [0, 1, 2, 3, 4, 5];

describe.each(changes.flatMap((change) => (['before', 'after'] as const).map((when) => [when, change] as const)))(
  'a renaming that is killed %s its change %i',
  (when, change) => {
    beforeEach(async () => {
      const renaming = renameResource('one', 'two', { host, inventory: killedAt(change, when) });
      await expect(renaming).rejects.toThrow('killed');
    });

    it('is finished by asking again', async () => {
      await die();
      if ((await inventory.get('two'))?.state !== 'ready') await renameResource('one', 'two', { host, inventory });
      await expectWhole('two', 'one');
    });

    it('keeps both names from others, and can be deleted with all that it has', async () => {
      const left = await die();
      expect(await inventory.list()).toHaveLength(1);
      if (left?.state === 'renaming') {
        for (const name of ['one', 'two'])
          await expect(inventory.add({ ...resource('/x'), name })).rejects.toMatchObject({ kind: 'usage' });
      }
      await removeResource(left?.name ?? '', { host, inventory });
      for (const kind of ['trees', 'specs'])
        for (const name of ['one', 'two']) expect(existsSync(join(folder, kind, name))).toBe(false);
    });
  },
);
