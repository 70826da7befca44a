import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';
import type { Resource } from '../../../src/model/resource.js';
import { describeCopies, parseCopy, putCopies } from '../../../src/resources/bisect/copies.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copies-'));
  await mkdir(join(folder, 'cases'));
  await mkdir(join(folder, 'variant/srv'), { recursive: true });
  await writeFile(join(folder, 'check'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(join(folder, 'cases/one'), '1\n');
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  ['check', { from: resolve('check') }],
  ['cases:/srv/cases', { from: resolve('cases'), to: '/srv/cases' }],
  ['/a:b', { from: '/a:b' }],
  ['/a:b:/c', { from: '/a:b', to: '/c' }],
])('reads %s', (text, copy) => {
  expect(parseCopy(text)).toEqual(copy);
});

it('puts files and folders where the test begins, or where it is said', async () => {
  await using host = await localMachine();
  const [cwd, srv] = ['variant', 'variant/srv'].map((name) => pathFromText(join(folder, name)));
  const resource = { run: { cwd, user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [] } } };
  const copies = [parseCopy(join(folder, 'check')), parseCopy(`${join(folder, 'cases')}:${srv}`)];
  const { signal } = new AbortController();
  await putCopies(copies, resource as unknown as Resource, { host, machine: host, signal });
  expect((await stat(join(folder, 'variant/check'))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(folder, 'variant/srv/cases/one'), 'utf8')).toBe('1\n');
});

it('is another test with other content, mode or place', async () => {
  await using host = await localMachine();
  const at = (place = '') => describeCopies([parseCopy(`${folder}${place}`)], host);
  const before = await at();
  expect(await at()).toEqual(before);
  expect(await at(':/srv')).not.toEqual(before);
  await writeFile(join(folder, 'cases/one'), '2\n');
  expect(await at()).not.toEqual(before);
});
