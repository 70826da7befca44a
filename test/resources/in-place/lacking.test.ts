import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import { sha256 } from '../../../src/hash.js';
import { type FilePath, pathFromText } from '../../../src/model/file-path.js';
import type { PlannedPackage, ReplayStep, Step } from '../../../src/model/plan.js';
import { environmentEntries } from '../../../src/resources/in-place/entries.js';
import { missingPackages, requireBaseOf } from '../../../src/resources/in-place/installed.js';
import { isMade, missingAccounts, missingEntries } from '../../../src/resources/in-place/lacking.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import type { Specification } from '../../../src/spec/specification.js';
import { type FixtureRoot, fixtureRoot } from '../../capture/fixture-root.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
  await root.file(`/kept/${sha256('mine')}`, 'mine');
});
afterEach(() => root[Symbol.asyncDispose]());

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const reason = 'a test';

function write(path: string, mode = 0o644): Step & { readonly kind: 'write' } {
  return { kind: 'write', path: pathFromText(path), content: sha256('mine'), mode, ...owner, mtime: 1, reason };
}

const lacking = (steps: readonly Step[]) => {
  return missingEntries(steps, folderContents(join(root.folder, 'kept')), root.machine);
};

describe('what a machine lacks', () => {
  it('is what is not there, and nothing that is there as it should be, or is a folder already', async () => {
    await root.file('/opt/there', 'mine');
    await root.link('/opt/link', 'there');
    const link = {
      kind: 'link',
      path: '/opt/link' as FilePath,
      target: 'there' as FilePath,
      ...owner,
      reason,
    } as const;
    const folder = { kind: 'directory', path: '/opt' as FilePath, mode: 0o700, ...owner, reason } as const;
    const found = await lacking([folder, link, write('/opt/there'), write('/opt/new')]);
    expect(found.map(({ path }) => path)).toEqual(['/opt/new']);
  });

  it.each([
    ['content', 'theirs', 0o644],
    ['mode', 'mine', 0o600],
  ])('is not got by replacing a file of other %s', async (_, content, mode) => {
    await root.file('/opt/there', content, mode);
    await expect(lacking([write('/opt/there'), write('/opt/new')])).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringMatching(/in their places: \/opt\/there$/),
      remedy: expect.stringContaining('--backend rootfs'),
    });
  });

  it('is not what a step makes that was done there', async () => {
    const step = { makes: [{ entry: write('/opt/made'), kept: true }] } as unknown as ReplayStep;
    expect(await isMade(step, root.machine)).toBe(false);
    await root.file('/opt/made', 'mine');
    expect(await isMade(step, root.machine)).toBe(true);
    await root.file('/opt/made', 'theirs');
    expect(await isMade(step, root.machine)).toBe(false);
  });

  it('is accounts that it has no name of', async () => {
    const user = (name: string, uid: number) => ({ name, uid, gid: uid, gecos: '', home: '/', shell: '/bin/sh' });
    const group = (name: string, gid: number) => ({ name, gid, members: [] });
    const accounts = { users: [user('ada', 1000), user('bo', 1001)], groups: [group('ada', 1000), group('bo', 1001)] };
    expect(await missingAccounts([{ name: 'debian', accounts }], root.machine)).toEqual({
      users: [user('bo', 1001)],
      groups: [group('bo', 1001)],
    });
  });
});

describe('packages of a machine', () => {
  const hello = (name: string, version: string): PlannedPackage => {
    const artifact = { name: `${name}.deb`, urls: [] };
    return { distribution: 'debian', name, version, architecture: 'amd64', used: true, artifact };
  };

  it('are missing where none of the name is installed', async () => {
    const missing = await missingPackages([hello('hello', '2.10-3'), hello('jq', '1.6')], root.machine);
    expect(missing.map(({ name }) => name)).toEqual(['jq']);
  });

  it('are neither upgraded nor downgraded', async () => {
    await expect(missingPackages([hello('hello', '2.10-2')], root.machine)).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringContaining('hello is at 2.10-3, not 2.10-2'),
    });
  });
});

describe('the base of a machine', () => {
  const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;

  it('does where it is what the environment stands on', async () => {
    await requireBaseOf(base, root.machine);
  });

  it('does not where the release is another, and it is said which', async () => {
    await expect(requireBaseOf({ ...base, release: '11' }, root.machine)).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringMatching(/ is 12, and the environment is of 11$/),
    });
  });
});

it('gives what a machine has at paths where it really is, behind its own links, each once', async () => {
  await root.link('/data', 'srv/data');
  await root.file('/srv/data/table', 'mine');
  await root.link('/srv/loop', '/srv/loop/loop');
  const entry = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;
  const paths = ['/data/table', '/srv/loop/x', '/usr/bin/none'].map(pathFromText);
  const snapshot = await FilesystemTrie.of(paths.map((path) => ({ ...entry, path })));
  const spec = { manifest: { runs: [] } } as unknown as Specification;
  const found: string[] = [];
  for await (const { path } of environmentEntries(spec, snapshot, root.machine)) found.push(path);
  expect(found).toEqual(expect.arrayContaining(['/', '/data', '/srv', '/srv/data', '/srv/data/table', '/usr/bin']));
  expect(found).not.toContain('/data/table');
  expect(new Set(found).size).toBe(found.length);
});

it('takes a folder on which the kernel mounts something for the one below, which cannot be seen', async () => {
  await root.file('/proc/version', '');
  await root.file('/opt/file', '');
  const entry = { type: 'directory', mode: 0o700, uid: 7, gid: 7, size: 0, mtime: 0 } as const;
  const snapshot = await FilesystemTrie.of(['/opt', '/proc'].map((path) => ({ ...entry, path: pathFromText(path) })));
  const spec = { manifest: { runs: [] } } as unknown as Specification;
  const found = new Map<string, number>();
  for await (const { path, mode } of environmentEntries(spec, snapshot, root.machine)) found.set(path, mode);
  expect([found.get('/proc'), found.get('/opt')]).toEqual([0o700, 0o755]);
});
