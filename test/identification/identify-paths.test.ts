import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debian } from '../../src/distributions/debian/index.js';
import { identify } from '../../src/identification/identify.js';
import { identifyPaths } from '../../src/identification/identify-paths.js';
import { lookAt } from '../../src/identification/look-at.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';

let root: FixtureRoot;

beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

const paths = (...texts: string[]) => texts.map(pathFromText);

async function classesOf(...texts: string[]): Promise<Record<string, string>> {
  const { paths: found } = await identifyPaths(root.machine, await lookAt(root.machine, paths(...texts)));
  return Object.fromEntries(found.map(({ path, class: is, rule }) => [path, rule ? `${is} (${rule})` : is]));
}

describe('identified paths', () => {
  it('says of each path what it is, by whatever name it was asked', async () => {
    await root.file('/srv/x', 'x');
    await root.file('/usr/bin/hello', 'other', 0o755);
    expect(await classesOf('/bin/hello', '/srv/x', '/bin', '/etc/hostname', '/none', '/usr/bin')).toEqual({
      '/bin': 'generated (merged-usr)',
      '/bin/hello': 'modified (content)',
      '/etc/hostname': 'absent',
      '/none': 'absent',
      '/srv/x': 'loose',
      '/usr/bin': 'owned',
      '/usr/bin/hello': 'modified (content)',
    });
  });

  it('means by a folder all that lies below it, and never what the kernel makes up', async () => {
    await root.file('/srv/a/one', '1');
    await root.file('/proc/1/maps', 'kernel');
    await root.link('/srv/link', 'a');
    expect(Object.keys(await classesOf('/srv/link'))).toEqual(['/srv/a', '/srv/a/one', '/srv/link']);
    const all = Object.keys(await classesOf('/'));
    expect(all).toEqual(expect.arrayContaining(['/', '/srv/a/one', '/usr/bin/hello']));
    expect(all.filter((path) => path.startsWith('/proc/'))).toEqual([]);
  });

  it('counts every path in exactly one class', async () => {
    await root.file('/srv/x', 'x');
    const result = await identifyPaths(root.machine, await lookAt(root.machine, paths('/', '/none')));
    const counted = Object.values(result.classes).reduce((sum, count) => sum + count, 0);
    expect(counted + result.absent).toBe(result.paths.length);
    for (const [state, count] of Object.entries(result.classes))
      expect([state, result.paths.filter((path) => path.class === state).length]).toEqual([state, count]);
  });

  it('looks at every entry once, and walks once, however many folders are asked for', async () => {
    for (const name of ['a', 'b', 'c']) await root.file(`/srv/${name}/file`, name);
    const real = await directoryMachine(root.folder);
    let walks = 0;
    const looked = new Map<FilePath, number>();
    const files: Machine['files'] = {
      ...real.files,
      walk: (...args) => {
        walks++;
        return real.files.walk(...args);
      },
      entries: (asked, options) => {
        for (const path of asked) looked.set(path, (looked.get(path) ?? 0) + 1);
        return real.files.entries(asked, options);
      },
    };
    const machine = { ...real, files };
    const found = await lookAt(machine, paths('/srv/a', '/srv/b', '/srv/c', '/usr/bin/hello'));
    looked.clear();
    await identify(machine, found.accesses, { modules: [debian], seen: found.seen, verify: false });
    expect(walks).toBe(1);
    expect(found.accesses).toHaveLength(7);
    expect([...looked.keys()].filter((path) => found.accesses.some((access) => access.path === path))).toEqual([]);
  });
});

it('says of what was seen where it really lies, by whatever path it was asked for', async () => {
  const { seen } = await lookAt(root.machine, paths('/bin/hello', '/usr/bin/hello'));
  expect([...seen.entries.keys()].filter((path) => path.endsWith('hello'))).toEqual(['/usr/bin/hello']);
  expect(seen.entries.get('/bin' as FilePath)?.type).toBe('symlink');
});
