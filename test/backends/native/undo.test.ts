import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listIn, undo } from '../../../backends/native/undo.js';
import { sha256 } from '../../../src/hash.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';

let folder: string;
let machine: string;
let host: Machine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'native-'));
  machine = join(folder, 'opt');
  await mkdir(join(folder, 'own', '.reproman-ours'), { recursive: true });
  host = await localMachine();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const nothing = { distribution: 'debian', packages: [], users: [], groups: [], commands: [] };

async function undone(added: object): Promise<string[]> {
  const told: string[] = [];
  await writeFile(listIn(join(folder, 'own')), JSON.stringify({ ...nothing, entries: [], ...added }));
  const effect = { kind: 'added', id: join(folder, 'own'), token: 'ours' };
  await undo(effect, host, { tell: (message) => told.push(message) });
  expect(existsSync(join(folder, 'own'))).toBe(false);
  return told;
}

const file = (name: string) => ({ path: join(machine, name), type: 'file', hash: sha256('ours') });

it('removes what is as it was put there, with the folders that are empty then', async () => {
  await mkdir(join(machine, 'sub'), { recursive: true });
  await writeFile(join(machine, 'sub', 'two\nlines'), 'ours');
  const folders = [machine, join(machine, 'sub')].map((path) => ({ path, type: 'directory' }));
  expect(await undone({ entries: [...folders, file('sub/two\nlines')] })).toEqual([]);
  expect(existsSync(machine)).toBe(false);
});

it('leaves what somebody changed or added since, and says so', async () => {
  await mkdir(machine);
  await writeFile(join(machine, 'changed'), 'theirs');
  await writeFile(join(machine, 'added'), 'theirs');
  const told = await undone({ entries: [{ path: machine, type: 'directory' }, file('changed'), file('gone')] });
  expect(told).toEqual([expect.stringContaining(join(machine, 'changed'))]);
  expect([existsSync(join(machine, 'changed')), existsSync(join(machine, 'added'))]).toEqual([true, true]);
});

it('says of commands that what they made stays', async () => {
  expect(await undone({ commands: ['make install'] })).toEqual(['what this command made stays: make install']);
});
