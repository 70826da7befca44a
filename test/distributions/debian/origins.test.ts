import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findOrigins } from '../../../src/distributions/debian/origins.js';
import { directoryMachine } from '../../../src/machines/directory.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'origins-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('keeps the sources of a system whose lists were removed', async () => {
  await mkdir(join(folder, 'etc/apt/sources.list.d'), { recursive: true });
  await writeFile(join(folder, 'etc/apt/sources.list'), 'deb http://a.example/debian stable main contrib\n');
  await writeFile(
    join(folder, 'etc/apt/sources.list.d/lab.sources'),
    'Types: deb\nURIs: http://user:secret@lab.example/apt\nSuites: ./\nSigned-By: /usr/share/keyrings/lab.gpg\n',
  );
  await using machine = await directoryMachine(folder);
  const { sources, notes } = await findOrigins([], machine);
  expect(sources).toEqual([
    'deb [signed-by=/usr/share/keyrings/lab.gpg] http://lab.example/apt ./',
    'deb http://a.example/debian stable contrib main',
  ]);
  expect(notes).toHaveLength(2);
});
