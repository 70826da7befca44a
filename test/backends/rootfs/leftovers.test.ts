import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootfs } from '../../../backends/rootfs/index.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { Resource } from '../../../src/model/resource.js';
import { currentProcess } from '../../../src/process-identity.js';

const mapping = { kind: 'identity' } as const;
let folder: string;
let host: Machine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rootfs-'));
  host = await localMachine();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('undoing the tree of a rootfs', () => {
  const undo = (token = 'ours') => rootfs.undo({ kind: 'tree', id: folder, at: JSON.stringify(mapping), token }, host);

  it('removes the folder that it made', async () => {
    await mkdir(join(folder, 'tree'));
    await mkdir(join(folder, '.reproman-ours'));
    await undo();
    expect(existsSync(folder)).toBe(false);
  });

  it('takes up a removal that was killed: the mark is the last to go', async () => {
    await mkdir(join(folder, '.reproman-ours'));
    await undo();
    expect(existsSync(folder)).toBe(false);
  });

  it('removes one that it was killed over before there was anything in it', async () => {
    await undo();
    expect(existsSync(folder)).toBe(false);
  });

  it('is quiet where nothing is', async () => {
    await rm(folder, { recursive: true });
    await undo();
  });

  it.each([
    ['a user filled', undefined],
    ['another resource has', 'theirs'],
  ])('leaves alone a folder that %s since', async (_, mark) => {
    await writeFile(join(folder, 'thesis.tex'), '');
    if (mark !== undefined) await mkdir(join(folder, `.reproman-${mark}`));
    await expect(undo()).rejects.toMatchObject({ kind: 'usage', where: folder });
    expect(existsSync(join(folder, 'thesis.tex'))).toBe(true);
  });
});

it('clears away the copies that killed processes left, and none of a living one', async () => {
  const { pid, started } = await currentProcess();
  const left = [`${pid}_long-ago.1_0a1b2c3d`, `${pid}_${started.replace(':', '.')}_4e5f6a7b`];
  await mkdir(join(folder, 'tree'));
  for (const name of left) await mkdir(join(folder, 'copies', name), { recursive: true });
  const details = { folder, tree: join(folder, 'tree'), mapping };
  const resource = { name: 'x', details } as unknown as Resource;
  // The empty tree cannot be entered, and its copy need not be.
  const copy = await rootfs.connectCopy(resource, host, { network: false }).catch(() => undefined);
  const names = await readdir(join(folder, 'copies'));
  expect(names).not.toContain(left[0]);
  expect(names).toContain(left[1]);
  await copy?.[Symbol.asyncDispose]();
});
