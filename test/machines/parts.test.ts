import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directoryMachine } from '../../src/machines/directory.js';
import type { FilePath } from '../../src/model/file-path.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproman-parts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['in the middle', 2, 3, '234'],
  ['over the end', 8, 10, '89'],
  ['behind the end', 20, 5, ''],
])('reads a part of a file %s, through links of the root', async (_where, offset, length, expected) => {
  await writeFile(join(folder, 'file'), '0123456789');
  await symlink('/file', join(folder, 'link'));
  await using machine = await directoryMachine(folder);
  const part = await machine.files.part?.('/link' as FilePath, offset, length);
  expect(part?.toString()).toBe(expected);
});
