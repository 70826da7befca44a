import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { type IdentifiedPath, identifyPaths } from '../../src/identification/identify-paths.js';
import { lookAt } from '../../src/identification/look-at.js';
import { machineFrom } from '../../src/machines/from.js';
import type { FilePath } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { needs, shared } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['mmdebstrap', 'docker', 'tar'] }));

const made: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const undo of made.reverse()) await undo();
});

const image = `reproman-test-retrace:${process.pid}`;
let root: Root;
let folder: string;
let container: string;

beforeEach(
  shared(async () => {
    root = await withRoot();
    made.push(async () => root[Symbol.asyncDispose]());
    folder = mkdtempSync(join(tmpdir(), 'retrace-'));
    made.push(async () => rmSync(folder, { recursive: true }));
    mkdirSync(`${root.path}/srv/data`);
    writeFileSync(`${root.path}/srv/data/series.csv`, '1,2\n');
    writeFileSync(`${root.path}/srv/run.sh`, '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(`${root.path}/etc/bash.bashrc`, 'changed\n');
    rmSync(`${root.path}/usr/share/doc/gawk/copyright`);
    const tar = join(folder, 'root.tar');
    await must(['tar', '-c', '-f', tar, '--numeric-owner', '-C', root.path, '.']);
    await must(['docker', 'import', tar, `${image}-base`]);
    made.push(() => must(['docker', 'rmi', '--force', `${image}-base`]));
    // A second layer, that hides something of the first.
    writeFileSync(join(folder, 'Dockerfile'), `FROM ${image}-base\nRUN rm /usr/bin/gawk && mkdir /opt/made\n`);
    await must(['docker', 'build', '--quiet', '-t', image, folder]);
    made.push(() => must(['docker', 'rmi', '--force', image]));
    rmSync(`${root.path}/usr/bin/gawk`);
    mkdirSync(`${root.path}/opt/made`);
    container = (await must(['docker', 'run', '--detach', '--network=none', image, 'sleep', '86400'])).trim();
    made.push(() => must(['docker', 'rm', '--force', container]));
    await must(['docker', 'save', '-o', join(folder, 'saved.tar'), image]);
  }),
);

const asked = ['/usr', '/srv', '/opt', '/bin/sh', '/etc/bash.bashrc', '/usr/bin/gawk', '/usr/bin/awk', '/none'];

async function identified(name: string): Promise<readonly IdentifiedPath[]> {
  await using machine = await machineFrom(name);
  return (await identifyPaths(machine, await lookAt(machine, asked as readonly string[] as readonly FilePath[]))).paths;
}

describe('retrace', () => {
  it('says the same of a folder, of an image in the engine or saved, and of a container that runs', async () => {
    const expected = await identified(`dir:${root.path}`);
    const of = new Map(expected.map((each) => [each.path, each]));
    expect(of.size).toBeGreaterThan(5000);
    expect(of.get('/etc/bash.bashrc')).toMatchObject({ class: 'modified', package: { name: 'bash' } });
    expect(of.get('/bin/sh')).toMatchObject({ class: 'owned', package: { name: 'dash' } });
    expect(of.get('/srv/run.sh')).toMatchObject({ class: 'loose' });
    expect(of.get('/usr/bin/gawk')).toMatchObject({ class: 'absent', package: { name: 'gawk' } });
    expect(of.get('/usr/bin/awk')).toMatchObject({ class: 'generated', rule: 'alternatives' });
    for (const name of [`docker:${image}`, `docker:${container}`, `docker-archive:${join(folder, 'saved.tar')}`]) {
      expect(await identified(name), name).toEqual(expected);
    }
  });

  it('writes a spec of an image that could be created: packages with their files, and what is loose', async () => {
    await using machine = await machineFrom(`docker:${image}`);
    const found = await lookAt(machine, ['/usr/bin/python3', '/srv'] as readonly string[] as readonly FilePath[]);
    const output = join(folder, 'environment.yml');
    await capture({ traces: [], paths: found.accesses, seen: found.seen, machine, output });
    const { manifest, lock, ...spec } = await readSpecification(output);
    expect(manifest).toMatchObject({ base: { distribution: 'debian' }, runs: [] });
    expect(manifest.files.map(({ path, carried }) => [path, carried])).toEqual([
      ['/srv/data/series.csv', false],
      ['/srv/run.sh', true],
    ]);
    const names = lock?.distributions.flatMap(({ packages = [] }) => packages.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(['python3-minimal', 'libc6', 'dpkg']));
    const hashes = new Map<string, string | undefined>();
    for await (const { path, hash } of spec.snapshot()) hashes.set(path, hash);
    expect(hashes.get('/usr/bin/python3.11') ?? hashes.get('/usr/bin/python3')).not.toBe('');
    expect(hashes.size).toBeGreaterThan(1000);
  });
});
