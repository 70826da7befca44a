import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireBase } from '../../src/distributions/base-of.js';
import { directoryMachine } from '../../src/machines/directory.js';
import { debianRoot } from './debian/root.js';

it('tells the base of a machine without reading what its packages hold', async () => {
  await using root = await debianRoot();
  const asked: string[] = [];
  const files = Object.create(root.machine.files, {
    gather: {
      value: (globs: readonly string[]) => {
        asked.push(...globs);
        return root.machine.files.gather(globs);
      },
    },
  });
  expect(await requireBase({ ...root.machine, files })).toMatchObject({ distribution: 'debian', release: '12' });
  expect(asked).not.toEqual([]);
  expect(asked.filter((glob) => glob.includes('/info/'))).toEqual([]);
});

it('refuses a machine without one, and says what it could be', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bare-'));
  await using machine = await directoryMachine(folder, 'a bare folder');
  await expect(requireBase(machine)).rejects.toMatchObject({
    kind: 'not-ready',
    message: expect.stringContaining('a bare folder'),
    remedy: expect.stringContaining('Debian'),
  });
  await rm(folder, { recursive: true });
});
