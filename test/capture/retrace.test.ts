import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { formatSummary } from '../../src/capture/format-summary.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { identifyPaths, lookAt } from '../../src/capture/retrace.js';
import { debian } from '../../src/distributions/debian/index.js';
import { identify } from '../../src/identification/identify.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { type FixtureRoot, fixtureRoot } from './fixture-root.js';

let root: FixtureRoot;
let output: string;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

const paths = (...texts: string[]) => texts.map(pathFromText);

async function classesOf(...texts: string[]): Promise<Record<string, string>> {
  const { paths: found } = await identifyPaths(root.machine, await lookAt(root.machine, paths(...texts)));
  return Object.fromEntries(found.map(({ path, class: is, rule }) => [path, rule ? `${is} (${rule})` : is]));
}

describe('retrace', () => {
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

describe('a spec of paths', () => {
  async function captured(asked: readonly string[], options: CaptureOptions = {}) {
    const { accesses, seen } = await lookAt(root.machine, paths(...asked));
    const what = { traces: [], paths: accesses, seen, machine: root.machine, output };
    return capture({ ...what, options: { repack: 'none', ...options } });
  }

  it('has packages and loose files and no run, and says again what each path was', async () => {
    await root.file('/srv/run.sh', '#!/bin/sh\n', 0o755);
    await root.file('/srv/data.csv', '1,2\n');
    mkdirSync(join(root.folder, 'srv/empty'));
    const summary = await captured(['/bin/hello', '/srv', '/none']);
    const spec = await readSpecification(output);
    expect(spec.manifest.runs).toEqual([]);
    expect(spec.manifest.distributions).toEqual([{ name: 'debian', packages: ['hello=2.10-3'] }]);
    expect(spec.manifest.files.map(({ path, carried, why }) => [path, carried, why])).toEqual([
      ['/srv/data.csv', false, 'data, named by its hash'],
      ['/srv/empty', true, expect.any(String)],
      ['/srv/run.sh', true, undefined],
    ]);
    const owners = new Map((await spec.paths()).map(({ path, owner }) => [path, owner]));
    expect(owners.get('/bin/hello' as FilePath)).toMatchObject({ state: 'owned', package: { name: 'hello' } });
    expect(owners.get('/srv/run.sh' as FilePath)).toMatchObject({ state: 'loose', content: expect.any(String) });
    expect(summary).toMatchObject({ used: 5, absent: 1, classes: { owned: 1, loose: 4 } });
    expect(formatSummary(summary)).toContain('paths       5 paths: 1 owned, 4 loose; 1 looked for and not there');
    expect(formatSummary(summary)).not.toContain('exit code');
  });

  it('carries data where that is asked for, and never what is private', async () => {
    await root.file('/srv/data.csv', '1,2\n');
    await root.file('/home/ada/.ssh/id_ed25519', 'secret', 0o600);
    const summary = await captured(['/srv', '/home/ada'], { carryInputs: true });
    const { manifest } = await readSpecification(output);
    expect(manifest.files).toContainEqual(expect.objectContaining({ path: '/srv/data.csv', carried: true }));
    expect(summary.leftOut).toMatchObject([{ path: '/home/ada/.ssh/id_ed25519', rule: 'ssh-key' }]);
    expect(summary.classes).toMatchObject({ 'left-out': 1 });
  });
});
