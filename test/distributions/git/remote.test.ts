import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchArtifacts } from '../../../src/archives/fetch.js';
import { checkoutFromRemote, commitAddress } from '../../../src/archives/git/remote.js';
import { openStore } from '../../../src/archives/store.js';
import { planGit } from '../../../src/distributions/git/plan.js';
import { sha256OfStream } from '../../../src/hash.js';
import { localMachine } from '../../../src/machines/local.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { absoluteUrl, isElsewhere, nameOf, publicUrl } from '../../../src/packaging/remote-urls.js';
import { isSystemFolder } from '../../../src/packaging/working-tree.js';
import { needs } from '../../support/needs.js';
import { identified } from './identified.js';
import { type GitFolder, gitFolder } from './repositories.js';

beforeEach(needs({ programs: ['git'] }));
let folder: GitFolder;
beforeEach(() => {
  folder = gitFolder();
  folder.git('.', 'init', '--quiet', '--bare', 'remote.git');
  folder.git('.', 'clone', '--quiet', `file://${folder.path}/remote.git`, 'work');
});
afterEach(() => folder[Symbol.dispose]());

function push(): void {
  folder.git('work', 'add', '--all');
  folder.git('work', 'commit', '--quiet', '-m', 'one');
  folder.git('work', 'push', '--quiet', 'origin', 'HEAD');
}

it('gives the very tar that was made of the working tree, less what was changed there', async () => {
  folder.write('work/a/run.sh', '#!/bin/sh\n');
  folder.write('work/a/empty', '');
  folder.write('work/large', 'x'.repeat(3_000_000));
  folder.write('work/b\xff\n', 'strange');
  folder.run('work', ['ln', '-s', 'a/run.sh', 'link']);
  folder.run('work', ['chmod', '0750', 'a/run.sh', 'a']);
  folder.write('work/dirty', 'clean');
  push();
  folder.write('work/dirty', 'dirty');
  const { repository, contents, lock } = await identified(folder, ['work/a/run.sh'], { repack: 'none' });
  const { checkout } = repository('work') ?? {};
  expect(repository('work')).toMatchObject({ changed: ['dirty'], checkout: { files: 4 } });
  const [planned] = planGit(lock).artifacts ?? [];
  expect(planned?.artifact).toMatchObject({ digest: { value: checkout?.sha256 }, listing: checkout?.listing });
  expect(planned?.artifact.content).toBeUndefined();
  const [url = ''] = planned?.artifact.urls ?? [];
  const made = await sha256OfStream(checkoutFromRemote(url, contents.open(checkout?.listing ?? '')));
  expect(made).toEqual({ hash: checkout?.sha256, size: checkout?.size });
});

it('is asked for what neither the store nor the spec has', async () => {
  folder.write('work/a', 'a');
  push();
  const { contents, lock } = await identified(folder, ['work/a'], { repack: 'none' });
  const { artifacts = [] } = planGit(lock);
  const store = await openStore(join(folder.path, 'other-store'));
  const found = await fetchArtifacts(artifacts, { store, contents, host: await localMachine() });
  const [planned] = artifacts;
  expect(planned && found.get(planned)).toMatchObject({
    rung: 'archive',
    from: `git+file://${folder.path}/remote.git@${lock.packages[0]?.version}`,
    sha256: lock.packages[0]?.checkout?.sha256,
  });
});

it('says what a remote does not have', async () => {
  folder.write('work/a', 'a');
  push();
  const { repository, contents } = await identified(folder, ['work/a']);
  const list = () => contents.open(repository('work')?.checkout?.listing ?? '');
  const read = (url: string | undefined) => sha256OfStream(checkoutFromRemote(url ?? '', list()));
  const remote = `file://${folder.path}/remote.git`;
  await expect(read(commitAddress(remote, '12'.repeat(20)))).rejects.toThrow(/has the commit 1212/);
  await expect(read(commitAddress(`${remote}x`, '12'.repeat(20)))).rejects.toThrow();
});

it('takes no address for a commit that would run a program', () => {
  const commit = '12'.repeat(20);
  expect(commitAddress('git@example.org:a/b.git', commit)).toBe(`git+git@example.org:a/b.git@${commit}`);
  expect(commitAddress('ext::sh -c id', commit)).toBeUndefined();
  expect(commitAddress('--upload-pack=id', commit)).toBeUndefined();
  expect(commitAddress('https://example.org/a', 'main')).toBeUndefined();
});

it.each([
  ['https://ada:secret@example.org/a.git', 'https://example.org/a.git', true, 'a'],
  ['https://token@example.org/a', 'https://example.org/a', true, 'a'],
  ['ssh://git@example.org:22/x/a.git', 'ssh://git@example.org:22/x/a.git', true, 'a'],
  ['ssh://git:secret@example.org/a.git', 'ssh://git@example.org/a.git', true, 'a'],
  ['git@example.org:x/a.git', 'git@example.org:x/a.git', true, 'a'],
  ['/srv/a.git/', '/srv/a.git/', false, 'a'],
  ['../a', '/home/a', false, 'a'],
  ['file:///srv/a', 'file:///srv/a', false, 'a'],
])('shows the address %s without what is secret', (url, shown, elsewhere, name) => {
  expect(publicUrl(absoluteUrl(url, '/home/work' as FilePath))).toBe(shown);
  expect(isElsewhere(shown)).toBe(elsewhere);
  expect(nameOf(url, '/home/work' as FilePath)).toBe(name);
});

it.each([
  ['/', true],
  ['/etc', true],
  ['/etc/apache2', true],
  ['/root', true],
  ['/home/ada', true],
  ['/usr/local', true],
  ['/usr/local/src/tool', false],
  ['/opt/tool', false],
  ['/work', false],
  ['/home/ada/work', false],
])('puts in place what was used only where %s is the whole of a system or home: %s', (path, expected) => {
  expect(isSystemFolder(path as FilePath)).toBe(expected);
});
