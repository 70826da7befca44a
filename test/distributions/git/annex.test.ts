import { randomBytes } from 'node:crypto';
import { chmodSync, realpathSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyAtPath, logPath, parseKey } from '../../../src/distributions/git/annex-key.js';
import { planGit } from '../../../src/distributions/git/plan.js';
import { sha256 } from '../../../src/hash.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { needs } from '../../support/needs.js';
import { identified } from './identified.js';
import { type GitFolder, gitFolder } from './repositories.js';

let folder: GitFolder;
beforeEach(() => {
  folder = gitFolder();
});
afterEach(() => {
  folder.run('.', ['chmod', '-R', 'u+w', '.']);
  folder[Symbol.dispose]();
});

const large = 1024 * 1024 + 1;

describe('git-annex', () => {
  beforeEach(needs({ programs: ['git', 'git-annex'] }));

  function dataset(): void {
    folder.git('.', 'init', '--quiet', 'origin');
    folder.git('origin', 'annex', 'init', '--quiet', 'the archive');
    folder.write('origin/.datalad/config', '[datalad "dataset"]\n\tid = 0b5d-ae\n');
    folder.write('origin/small.dat', 'small\n');
    folder.write('origin/large.dat', randomBytes(large));
    folder.write('origin/web.dat', randomBytes(large));
    folder.write('origin/md5.dat', randomBytes(large));
    folder.write('origin/sub/unlocked.dat', 'unlocked\n');
    folder.git('origin', 'annex', 'add', '--quiet', 'small.dat', 'large.dat', 'web.dat', 'sub/unlocked.dat');
    folder.git('origin', '-c', 'annex.backend=MD5E', 'annex', 'add', '--quiet', 'md5.dat');
    folder.git('origin', 'annex', 'unlock', '--quiet', 'sub/unlocked.dat');
    folder.git('origin', 'add', '.datalad');
    folder.git('origin', 'commit', '--quiet', '-m', 'data');
    const key = folder.git('origin', 'annex', 'lookupkey', 'web.dat').trim();
    folder.git('origin', 'annex', 'registerurl', key, 'https://example.org/web.dat');
    folder.git('.', 'clone', '--quiet', 'origin', 'clone');
    folder.git('clone', 'annex', 'init', '--quiet', 'here');
    folder.git('clone', 'annex', 'get', '--quiet', '.');
  }

  /** The names, and where links among them lead, as a trace has both. */
  function withContents(names: readonly string[]): string[] {
    const contents = names.map((name) => realpathSync(join(folder.path, name)).slice(folder.path.length + 1));
    return [...names, ...contents];
  }

  it('has what it can give again, or what is small; the rest is data, and who has it is told', async () => {
    dataset();
    const names = ['small.dat', 'large.dat', 'web.dat', 'md5.dat', 'sub/unlocked.dat'].map((name) => `clone/${name}`);
    const { owner, repository, notes, manifest } = await identified(folder, withContents(names));
    expect(names.map((name) => owner(name)?.state)).toEqual(names.map(() => 'owned'));
    const states = names
      .map((name) => owner(withContents([name])[1] ?? ''))
      .map((found) => [found?.state, found?.rule]);
    expect(states).toEqual([
      ['owned', undefined],
      ['loose', 'data'],
      ['owned', undefined],
      ['loose', 'data'],
      ['owned', undefined],
    ]);
    const clone = repository('clone');
    expect(clone).toMatchObject({ annex: expect.stringMatching(/^[0-9a-f-]{36}$/), dataset: '0b5d-ae', changed: [] });
    expect(manifest?.repositories).toMatchObject([{ dataset: '0b5d-ae' }]);
    const contents = clone?.contents.map(({ file, urls, places, carried }) => [file, urls, places, carried]);
    expect(contents?.sort()).toEqual([
      ['large.dat', [], ['origin'], undefined],
      ['md5.dat', [], ['origin'], undefined],
      ['small.dat', [], ['origin'], true],
      ['sub/unlocked.dat', [], ['origin'], true],
      ['web.dat', ['https://example.org/web.dat'], ['origin'], undefined],
    ]);
    expect(owner(withContents(['clone/md5.dat'])[1] ?? '')?.listedAs).toBe(`${folder.path}/clone/md5.dat`);
    const missing = notes.filter((note) => note.includes('is data of git-annex'));
    expect(missing).toHaveLength(2);
    for (const note of missing)
      expect(note).toMatch(/: (?:large|md5)\.dat \(1048577 bytes\).*; origin has it: get it with datalad get/);
  });

  it('puts links and contents where they were, writable for nobody', async () => {
    dataset();
    const { lock } = await identified(folder, withContents(['clone/small.dat', 'clone/sub/unlocked.dat']));
    const { artifacts = [], steps } = planGit(lock);
    const writes = steps.filter((step) => step.kind === 'write');
    expect(writes.map(({ path, content, mode }) => [keyAtPath(path) !== undefined, content, mode.toString(8)])).toEqual(
      expect.arrayContaining([
        [true, sha256('small\n'), '444'],
        [false, sha256('unlocked\n'), '644'],
      ]),
    );
    const folders = steps.flatMap((step) => (step.kind === 'directory' ? [[step.path, step.mode]] : []));
    expect(folders.find(([path]) => String(path).endsWith('.dat'))?.[1]).toBe(0o555);
    expect(artifacts.map(({ artifact }) => artifact.digest?.value)).toEqual(
      expect.arrayContaining(writes.map(({ content }) => content)),
    );
  });

  it('knows a content that is not that of its key', async () => {
    dataset();
    const [, content = ''] = withContents(['clone/small.dat']);
    chmodSync(join(folder.path, content, '..'), 0o755);
    unlinkSync(join(folder.path, content));
    folder.write(content, 'other\n');
    const { owner } = await identified(folder, ['clone/small.dat', content]);
    expect(owner(content)).toMatchObject({ state: 'modified', rule: 'content' });
  });

  it('is understood in its names of logs and keys', () => {
    folder.git('.', 'init', '--quiet', 'any');
    folder.git('any', 'annex', 'init', '--quiet');
    const keys = [
      'SHA256E-s3--abc.nii.gz',
      'URL--http&c%%example.org%a&sb&ac',
      'WORM-s1-m1500000000--a_b.txt',
      'MD5-s0--ff',
    ];
    for (const file of keys) {
      const key = parseKey(file);
      expect(key?.file).toBe(file);
      const meant = file.replaceAll('%', '/').replaceAll('&c', ':').replaceAll('&s', '%').replaceAll('&a', '&');
      const told = folder.git('any', 'annex', 'examinekey', `--format=\${hashdirlower}\${key}`, meant).trim();
      expect(key && logPath(key, '.log')).toBe(`${told.slice(0, 8)}${file}.log`);
      expect(told.slice(8)).toBe(meant);
    }
  });
});

it('reads keys, with a hash where it can be checked', () => {
  expect(parseKey('SHA256E-s12--0aF')).toMatchObject({
    backend: 'SHA256E',
    size: 12,
    hash: { algorithm: 'sha256', value: '0a' },
  });
  expect(parseKey('WORM-s1-m2--name')).toEqual({ file: 'WORM-s1-m2--name', backend: 'WORM', size: 1 });
  expect(parseKey('no key')).toBeUndefined();
  expect(keyAtPath('/x/.git/annex/objects/G1/Vm/MD5--ff/MD5--ff' as FilePath)?.backend).toBe('MD5');
  expect(keyAtPath('/x/.git/annex/objects/G1/Vm/MD5--ff/other' as FilePath)).toBeUndefined();
});

describe('git-lfs', () => {
  beforeEach(needs({ programs: ['git'] }));

  it.each([
    ['small', 'small\n', 'owned'],
    ['large', 'x'.repeat(large), 'loose'],
  ])('has a %s content for its pointer', async (name, content, state) => {
    folder.git('.', 'init', '--quiet', 'work');
    folder.write(
      `work/${name}`,
      `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`,
    );
    folder.git('work', 'add', '--all');
    folder.git('work', 'commit', '--quiet', '-m', 'pointer');
    folder.write(`work/${name}`, content);
    const { owner, repository, notes } = await identified(folder, [`work/${name}`]);
    expect(owner(`work/${name}`)?.state).toBe(state);
    expect(repository('work')).toMatchObject({
      changed: [],
      contents: [{ sha256: sha256(content), file: name, urls: [], ...(state === 'owned' ? { carried: true } : {}) }],
    });
    expect(notes.some((note) => note.includes('git lfs pull'))).toBe(state === 'loose');
  });
});
