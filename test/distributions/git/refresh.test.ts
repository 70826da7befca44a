import { execFileSync } from 'node:child_process';
import { statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refreshIndexes } from '../../../src/distributions/git/refresh.js';
import { needs } from '../../support/needs.js';
import { identified } from './identified.js';
import { type GitFolder, gitFolder } from './repositories.js';

beforeEach(needs({ programs: ['git'] }));
let folder: GitFolder;
beforeEach(() => {
  folder = gitFolder();
});
afterEach(() => folder[Symbol.dispose]());

it('tells the index of a copy what is there, but for what is changed, and runs no monitor', async () => {
  folder.git('.', 'init', '--quiet', 'work');
  for (const name of ['same', 'changed']) folder.write(`work/${name}`, name);
  for (const name of ['link', 'relinked']) symlinkSync('same', join(folder.path, 'work', name));
  folder.git('work', 'add', '--all');
  folder.git('work', 'commit', '--quiet', '-m', 'one');
  const blob = folder.git('work', 'rev-parse', 'HEAD:link').trim();
  folder.write('work/changed', 'CHANGED');
  unlinkSync(join(folder.path, 'work/relinked'));
  symlinkSync('changed', join(folder.path, 'work/relinked'));
  folder.write('monitor', '#!/bin/sh\ntouch ran\n');
  folder.run('.', ['chmod', '+x', 'monitor']);
  folder.git('work', 'config', 'core.fsmonitor', `${folder.path}/monitor`);
  const { lock } = await identified(folder, ['work/same', 'work/.git/index']);
  expect(refreshIndexes((await identified(folder, ['work/same'])).lock)).toEqual([]);

  folder.run('.', ['mv', 'work', 'origin']);
  folder.run('.', ['cp', '-a', 'origin', 'work']);
  folder.run('work', ['rm', `.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`]);
  folder.git('work', 'config', '--unset', 'core.fsmonitor');
  const index = join(folder.path, 'work/.git/index');
  execFileSync('touch', ['-d', '2031-01-31T12:00:00Z', index]);
  const differing = () => folder.git('work', 'diff-files', '--name-only').trim().split('\n');
  expect(differing()).toEqual(['changed', 'link', 'relinked', 'same']);
  folder.git('work', 'config', 'core.fsmonitor', `${folder.path}/monitor`);
  for (const { argv, cwd, environment } of refreshIndexes(lock)) {
    const [program = '', ...args] = argv;
    execFileSync(program, args, { cwd, env: environment, stdio: 'ignore' });
  }
  expect(statSync(index).mtime.toISOString()).toBe('2031-01-31T12:00:00.000Z');
  expect(folder.run('.', ['find', '.', '-name', 'index.*'])).toBe('');
  expect(folder.run('.', ['find', '.', '-name', 'ran'])).toBe('');
  folder.git('work', 'config', '--unset', 'core.fsmonitor');
  expect(differing()).toEqual(['changed', 'relinked']);
  expect(folder.git('work', 'status', '--short').trimEnd().split('\n')).toEqual([' M changed', ' M relinked']);
});
