import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAttributes } from '../../src/machines/attributes.js';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, joinPath, pathFromText } from '../../src/model/file-path.js';
import { needs } from '../support/needs.js';

const name = 'user.xdg.origin.url';
let folder: FilePath;
beforeEach(needs({ programs: ['python3', 'perl'] }));
beforeEach(async (context) => {
  folder = pathFromText(await mkdtemp(join(tmpdir(), 'attributes-')));
  await writeFile(join(folder, 'known'), '');
  await writeFile(join(folder, 'plain'), '');
  const set = `import os, sys; os.setxattr(sys.argv[1], "${name}", "https://example.org/d\u00e4ta".encode())`;
  if (spawnSync('python3', ['-c', set, join(folder, 'known')]).status !== 0)
    context.skip('needs a temporary folder with extended attributes');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** This machine with the named programs alone; counts what it runs. */
async function machineWith(programs: readonly string[]): Promise<Machine & { readonly count: () => number }> {
  const machine = await localMachine();
  const tools = await mkdtemp(join(folder, 'tools-'));
  for (const program of ['sh', ...programs]) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    });
    await symlink(stdout.trim(), join(tools, program));
  }
  let runs = 0;
  const { shell } = machine;
  if (!shell) throw new Error('this machine runs programs');
  const run: typeof shell.run = (argv, options) => {
    runs += 1;
    return shell.run(argv, { ...options, environment: { PATH: tools } });
  };
  return { ...machine, shell: { ...shell, run }, count: () => runs };
}

it.each([['python3'], ['perl']])('reads an attribute of many files with one %s', async (program) => {
  const machine = await machineWith([program]);
  const paths = ['known', 'plain', 'missing'].map((file) => joinPath(folder, file));
  const found = await readAttributes(machine, name, paths);
  expect([...(found?.values ?? [])]).toEqual([[joinPath(folder, 'known'), 'https://example.org/d\u00e4ta']]);
  expect([...(found?.unreadable ?? [])]).toEqual([]);
  expect(machine.count()).toBe(1);
});

it('says that it cannot know where there is nothing to read them with', async () => {
  expect(await readAttributes(await machineWith([]), name, [joinPath(folder, 'known')])).toBeUndefined();
  const { shell: _shell, ...still } = await localMachine();
  expect(await readAttributes(still, name, [joinPath(folder, 'known')])).toBeUndefined();
});

it.each([['python3'], ['perl']])('tells what %s may not read', async (program) => {
  const machine = await machineWith([program]);
  const loop = joinPath(folder, 'loop');
  await symlink('loop', loop);
  const found = await readAttributes(machine, name, [loop]);
  expect([...(found?.unreadable ?? [])]).toEqual([[loop, 40]]);
});
