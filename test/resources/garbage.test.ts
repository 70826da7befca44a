import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Marked } from '../../backends/backend.js';
import { ReproError } from '../../src/errors.js';
import { localMachine } from '../../src/machines/local.js';
import { pathFromText } from '../../src/model/file-path.js';
import { findGarbage } from '../../src/resources/garbage.js';
import { type Inventory, openInventory } from '../../src/resources/inventory.js';
import { inventoryMark } from '../../src/resources/inventory-mark.js';

const here = await localMachine();
let folder: string;
let inventory: Inventory;
let marked: Marked[];
let undone: string[];
let isDown: boolean;

const cloud = {
  ...{ name: 'cloud', title: 'cloud', parameters: z.strictObject({}) },
  async find() {
    if (isDown) throw new ReproError('not-ready', 'no route');
    return marked;
  },
  undo: async ({ id }: { id: string }) => void undone.push(id),
};

vi.mock('../../backends/registry.js', () => ({
  backends: { plain: async () => ({ name: 'plain', title: 'plain', parameters: z.strictObject({}) }) },
  outers: { cloud: async () => cloud },
}));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'garbage-'));
  inventory = openInventory(folder);
  marked = [];
  undone = [];
  isDown = false;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function put(token: string): Promise<void> {
  const run = { cwd: pathFromText('/'), environment: {}, user: { uid: 0, gid: 0, groups: [] } };
  const effects = [
    { kind: 'machine', id: 'name', token },
    { kind: 'tree', id: join(folder, 'trees/known') },
  ];
  const resource = {
    name: 'x',
    backend: 'cloud:plain',
    state: 'ready',
    created: '2026-01-01T00:00:00Z',
    effects,
  } as const;
  await inventory.add({ ...resource, details: {}, spec: '/x.yml', planDigest: '0'.repeat(64), run });
}

async function machine(token: string, mark?: string): Promise<Marked> {
  const effect = { kind: 'machine', id: `m-${token}`, at: 'there', token, outer: true } as const;
  return { effect, inventory: mark ?? (await inventoryMark(folder)), resource: 'x' };
}

const search = (backend?: string) => findGarbage({ here, inventory, backend, parametersOf: () => ({}) });

it('is what carries our mark, and no resource knows of', async () => {
  await put('a');
  marked = [await machine('a'), await machine('b'), await machine('c', 'another')];
  const { garbage } = await search('cloud');
  expect(garbage.map(({ id, isForeign }) => [id, isForeign])).toEqual([
    ['m-b', false],
    ['m-c', true],
  ]);
  await garbage[0]?.remove();
  expect(undone).toEqual(['m-b']);
});

it('is also what lies beside the inventory for no resource', async () => {
  await put('a');
  for (const name of ['known', 'left']) mkdirSync(join(folder, 'trees', name), { recursive: true });
  const { garbage } = await search();
  expect(garbage.map(({ id }) => id)).toEqual([join(folder, 'trees/left')]);
  await garbage[0]?.remove();
  expect([existsSync(join(folder, 'trees/left')), existsSync(join(folder, 'trees/known'))]).toEqual([false, true]);
});

it('is not told while an entry of the inventory cannot be read', async () => {
  await put('a');
  writeFileSync(join(folder, 'resources/y.json'), '{');
  marked = [await machine('b')];
  await expect(search('cloud')).rejects.toThrow("what belongs to 'y' is not known");
});

it('is looked for wherever it can be, and it is told where not', async () => {
  isDown = true;
  expect(await search()).toEqual({ garbage: [], problems: [{ backend: 'cloud', problem: 'no route' }] });
  await expect(search('cloud')).rejects.toThrow('no route');
  await expect(search('plain')).rejects.toMatchObject({ kind: 'usage' });
});

it('keeps the mark of an inventory, and draws another for another', async () => {
  const marks = await Promise.all([1, 2, 3].map(() => inventoryMark(folder)));
  expect(new Set(marks).size).toBe(1);
  expect(await inventoryMark(join(folder, 'other'))).not.toBe(marks[0]);
});
