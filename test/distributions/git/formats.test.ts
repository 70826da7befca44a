import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/distributions/git/config.js';
import { applyDelta } from '../../../src/distributions/git/delta.js';
import { parseIndex } from '../../../src/distributions/git/index-file.js';
import { openObjectFiles } from '../../../src/distributions/git/object-files.js';
import { ObjectStore } from '../../../src/distributions/git/objects.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import { joinPath } from '../../../src/model/file-path.js';
import { needs } from '../../support/needs.js';
import { type GitFolder, gitFolder } from './repositories.js';

beforeEach(needs({ programs: ['git'] }));
let folder: GitFolder;
beforeEach(() => {
  folder = gitFolder();
});
afterEach(() => folder[Symbol.dispose]());

const strange = 'b\xff\n\t"\\ \xc3\xa9.txt';

function fill(repository: string, algorithm = 'sha1'): void {
  folder.git('.', 'init', '--quiet', `--object-format=${algorithm}`, repository);
  const lines = Array.from({ length: 400 }, (_, line) => `line ${line} of a file that grows\n`);
  for (let commit = 0; commit < 8; commit++) {
    folder.write(`${repository}/grows.txt`, lines.slice(0, 200 + commit * 20).join(''));
    folder.write(`${repository}/deep/er/file-${commit}`, `${commit}`);
    folder.write(`${repository}/${strange}`, String(commit));
    folder.git(repository, 'add', '.');
    folder.git(repository, 'commit', '--quiet', '-m', `commit ${commit}`);
  }
  folder.git(repository, 'tag', '-a', '-m', 'a tag', 'v1');
}

describe.each(['sha1', 'sha256'])('a repository whose ids are %s', (algorithm) => {
  const idBytes = algorithm === 'sha1' ? 20 : 32;

  it.each(['2', '3', '4'])('has the index of version %s that git ls-files tells', (version) => {
    fill('one', algorithm);
    folder.write('one/to-add', '');
    folder.write('one/deep/skipped', 'x');
    folder.git('one', 'add', 'deep/skipped');
    folder.git('one', 'add', '--intent-to-add', 'to-add');
    folder.git('one', 'update-index', '--skip-worktree', 'deep/skipped');
    folder.git('one', 'update-index', '--index-version', version);
    const index = parseIndex(readFileSync(join(folder.path, 'one/.git/index')), idBytes);
    const told = folder.git('one', 'ls-files', '--stage', '-z').split('\0').slice(0, -1);
    const found = [...index.entries].map(
      ([path, { mode, blob }]) => `${mode.toString(8).padStart(6, '0')} ${blob} 0\t${path}`,
    );
    expect(found).toEqual(told.filter((line) => !line.endsWith('\tto-add')));
    expect([...index.entries].filter(([, { isSkipped }]) => isSkipped).map(([path]) => path)).toEqual(['deep/skipped']);
  });

  it.each([
    ['loose', 'read in parts'],
    ['packed', 'read in parts'],
    ['packed', 'fetched whole'],
  ])('has the %s objects that git cat-file tells, %s', async (how, where) => {
    fill('one', algorithm);
    if (how === 'packed') folder.git('one', 'gc', '--quiet', '--aggressive', '--prune=now');
    const machine = where === 'fetched whole' ? withoutParts(await localMachine()) : await localMachine();
    const objects = joinPath(folder.path, 'one/.git/objects');
    const store = new ObjectStore(await openObjectFiles(machine, [objects]), [objects], idBytes);
    const listed = folder.git('one', 'cat-file', '--batch-all-objects', '--batch-check').trim().split('\n');
    expect(listed.length).toBeGreaterThan(30);
    for (const line of listed) {
      const [id = '', type] = line.split(' ');
      const found = await store.get(id);
      expect([found?.type, found?.content.toString('latin1')]).toEqual([
        type,
        folder.git('one', 'cat-file', type ?? '', id),
      ]);
    }
    expect(await store.get('12'.repeat(idBytes))).toBeUndefined();
  });
});

it('has no tree of the index when something was added after it', () => {
  fill('one');
  const read = () => parseIndex(readFileSync(join(folder.path, 'one/.git/index')), 20).tree;
  expect(read()).toBe(folder.git('one', 'rev-parse', 'HEAD^{tree}').trim());
  folder.write('one/new', 'new');
  folder.git('one', 'add', 'new');
  expect(read()).toBeUndefined();
});

it('refuses an index that it would read wrongly', () => {
  fill('one');
  folder.git('one', 'update-index', '--split-index');
  folder.write('one/new', 'new');
  folder.git('one', 'add', 'new');
  expect(() => parseIndex(readFileSync(join(folder.path, 'one/.git/index')), 20)).toThrow('split');
  expect(() => parseIndex(Buffer.from('DIRC\0\0\0\x09\0\0\0\0'), 20)).toThrow('version 9');
  expect(() => parseIndex(Buffer.from('no index'), 20)).toThrow('unknown format');
});

it('has the settings that git config tells', () => {
  const text = [
    '[core]',
    '\tbare = false ; a comment',
    '[remote "a \\"b\\" c"] url = "https://example.org/#x" # another',
    '\tfetch = +refs/heads/*:refs/remotes/o/*',
    '[Section "Sub.Sec"]',
    '  Key-Word = two\\',
    ' lines "and  space  "  ',
    '  flag',
    '  tab = a\\tb',
    '',
  ].join('\n');
  folder.write('config', text);
  const told = folder
    .git('.', 'config', '--file', 'config', '--list', '-z')
    .split('\0')
    .filter((each) => each !== '')
    .map((each) =>
      each.includes('\n') ? [each.slice(0, each.indexOf('\n')), each.slice(each.indexOf('\n') + 1)] : [each, 'true'],
    );
  expect([...parseConfig(text)].map(([key, [value]]) => [key, value])).toEqual(told);
});

it('refuses a delta of another object or size', () => {
  const base = Buffer.from('hello');
  expect(applyDelta(base, Buffer.from([5, 5, 0x91, 0, 5]))).toEqual(base);
  expect(applyDelta(base, Buffer.from([5, 6, 0x90, 5, 1, 0x21])).toString()).toBe('hello!');
  expect(() => applyDelta(base, Buffer.from([4, 5, 0x90, 5]))).toThrow('another object');
  expect(() => applyDelta(base, Buffer.from([5, 9, 0x90, 5]))).toThrow('another size');
  expect(() => applyDelta(base, Buffer.from([5, 5, 0x91, 0]))).toThrow('too early');
});

function withoutParts(machine: Machine): Machine {
  const { part: _part, ...files } = machine.files;
  return { ...machine, files };
}
