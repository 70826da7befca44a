import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planGit } from '../../../src/distributions/git/plan.js';
import { requestGit } from '../../../src/distributions/git/request.js';
import { resolveGit } from '../../../src/distributions/git/resolve.js';
import { gitLockSchema, gitManifestSchema } from '../../../src/distributions/git/schema.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import { silent } from '../../../src/model/progress.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { needs } from '../../support/needs.js';
import { type GitFolder, gitFolder } from './repositories.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;

let host: Machine;
let folder: string;
let origin: GitFolder;
beforeAll(async () => {
  host = await localMachine();
});
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(needs({ programs: ['git'] }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-resolve-'));
  origin = gitFolder();
  origin.git('', 'init', '--quiet', 'tool');
  origin.write('tool/run.sh', '#!/bin/sh\necho 1\n');
  origin.git('tool', 'add', '.');
  execFileSync('chmod', ['+x', join(origin.path, 'tool/run.sh')]);
  origin.git('tool', 'add', '.');
  origin.git('tool', '-c', 'commit.gpgSign=false', 'commit', '--quiet', '--date=@7', '-m', 'one');
  origin.git('tool', 'tag', 'v1');
  origin.write('tool/run.sh', '#!/bin/sh\necho 2\n');
  origin.git('tool', 'commit', '--quiet', '-a', '-m', 'two');
});
afterEach(async () => {
  origin[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

const resolve = async (manifest: unknown, more: object = {}) => {
  const contents = folderContents(folder);
  const checked = gitManifestSchema.parse(manifest);
  return resolveGit(checked, { base, libc: 'glibc', host, progress: silent, contents, ...more });
};

describe('a repository by its address', () => {
  it('is had at the commit of a tag, with its files as git makes them', async () => {
    const { lock } = await resolve(requestGit([`${origin.path}/tool@v1`]));
    const [first] = gitLockSchema.parse(lock).packages;
    const commit = origin.git('tool', 'rev-parse', 'v1').trim();
    expect(first).toMatchObject({ name: 'tool', version: commit, at: '/srv/tool', tags: ['v1'], changed: [] });
    const { artifacts = [], steps } = planGit(lock);
    expect(artifacts).toMatchObject([{ name: 'tool', version: commit, at: '/srv/tool' }]);
    expect(steps.at(-1)).toMatchObject({ kind: 'unpack', path: '/srv/tool', content: first?.checkout?.sha256 });
    const content = await folderContents(folder).locate(first?.checkout?.sha256 ?? '');
    const listed = execFileSync('tar', ['--list', '--verbose', '--file', content], { encoding: 'utf8' });
    expect(listed).toMatch(/^-rwxr-xr-x .*run\.sh$/m);
  });

  it('is the same whenever it is resolved, and stays at a commit that is locked', async () => {
    const asked = requestGit([`${origin.path}/tool`]);
    const [one, two] = [await resolve(asked), await resolve(asked)];
    expect(two).toEqual(one);
    const date = Number(origin.git('tool', 'log', '-1', '--format=%ct'));
    expect(one.lock.packages[0]?.folders.map(({ path, mtime }) => [path, mtime])).toContainEqual(['/srv', date]);
    const repositories = one.lock.packages.map(({ at, version }) => ({ path: at, commit: version }));
    const again = await resolve({ name: 'git', repositories }, { previous: one.lock, contents: undefined });
    expect(again.lock).toEqual(one.lock);
  });

  it('is refused where it has no such commit, or has submodules', async () => {
    await expect(resolve(requestGit([`${origin.path}/tool@none`]))).rejects.toThrow('git says: ');
    origin.write('tool/.gitmodules', '[submodule "x"]\n');
    origin.git('tool', 'add', '.');
    origin.git('tool', 'commit', '--quiet', '-m', 'three');
    await expect(resolve(requestGit([`${origin.path}/tool`]))).rejects.toThrow('submodules cannot be resolved');
    await expect(resolve(requestGit([`${origin.path}/tool`]), { contents: undefined })).rejects.toThrow(
      'nothing is kept',
    );
  });
});

it.each([
  [
    'https://example.org/lab/tool.git@v1.0',
    { path: '/srv/tool', url: 'https://example.org/lab/tool.git', ref: 'v1.0' },
  ],
  [
    'https://example.org/lab/tool@feature/x',
    { path: '/srv/tool', url: 'https://example.org/lab/tool', ref: 'feature/x' },
  ],
  ['git@example.org:lab/tool.git', { path: '/srv/tool', url: 'git@example.org:lab/tool.git' }],
  ['git@example.org:lab/tool@main', { path: '/srv/tool', url: 'git@example.org:lab/tool', ref: 'main' }],
  ['ssh://git@example.org/lab/tool', { path: '/srv/tool', url: 'ssh://git@example.org/lab/tool' }],
])('reads the request %s', (text, repository) => {
  expect(requestGit([text])).toEqual({ name: 'git', repositories: [repository] });
});

it.each(['--upload-pack=x', 'https://example.org/x@--orphan'])(
  'refuses %s, which git would take for an option',
  (text) => {
    expect(gitManifestSchema.safeParse(requestGit([text])).success).toBe(false);
  },
);
