import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isOwnFolder, makeFolder } from '../../backends/own-folder.js';
import { localMachine } from '../../src/machines/local.js';

const host = await localMachine();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (...names: string[]) => (statSync(join(folder, ...names)).mode & 0o777).toString(8);

it('can be entered by nobody else, nor what is made above it', async () => {
  const own = join(folder, 'reproman/trees/-n');
  await makeFolder(host, own, 'token');
  expect([modeOf('reproman'), modeOf('reproman/trees'), modeOf('reproman/trees/-n')]).toEqual(['700', '700', '700']);
  expect(await isOwnFolder({ kind: 'tree', id: own, token: 'token' }, host)).toBe(true);
  await expect(isOwnFolder({ kind: 'tree', id: own, token: 'other' }, host)).rejects.toThrow('did not put there');
});

it('is closed where it was there, and what is above it stays as it was', async () => {
  mkdirSync(join(folder, 'shared'));
  mkdirSync(join(folder, 'shared/empty'));
  const before = modeOf('shared');
  await makeFolder(host, join(folder, 'shared/empty'), 'token');
  expect([modeOf('shared'), modeOf('shared/empty')]).toEqual([before, '700']);
});
