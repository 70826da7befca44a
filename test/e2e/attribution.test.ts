import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { identify } from '../../src/identification/identify.js';
import { lookAt } from '../../src/identification/look-at.js';
import { machineFrom } from '../../src/machines/from.js';
import { pathFromText } from '../../src/model/file-path.js';
import { everythingNeeds } from '../support/everything.js';
import { attribution, dpkgSays, npmSays, pipSays, rpmSays } from '../support/managers.js';
import { needs, shared } from '../support/needs.js';
import { installGloballyWithNpm } from '../support/npm.js';
import { pip, pythonIn, writeProject } from '../support/python.js';
import { type Root, withRoot } from '../support/roots.js';
import { buildRpms, rpmIn } from '../support/rpm.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'rpm', 'rpmbuild', 'busybox', 'npm', pip] }));

/** Of files that a manager has: how many must be said to be of the package that it says. */
const target = 0.995;

let root: Root;

// A Debian machine on which rpm, pip and npm installed among its own files.
beforeEach(
  shared(async () => {
    root = await withRoot(...everythingNeeds);
    await installRpms();
    installWheels();
    installNodePackages();
  }),
);
afterAll(() => root?.[Symbol.asyncDispose]());

it('gives every file below /usr to the package that its own manager says', async () => {
  await using machine = await machineFrom(`dir:${root.path}`);
  const { accesses, seen } = await lookAt(machine, [pathFromText('/usr')]);
  const { owners } = await identify(machine, accesses, { seen, verify: false });
  const files = accesses.filter(({ path }) => seen.entries.get(path)?.type !== 'directory');
  const found = files.map(({ path }) => [path, owners.get(path)] as const);
  const said = [await dpkgSays(root), await rpmSays(root), await pipSays(root), npmSays(root, '/usr/local', true)];
  const { owned, disagreements } = attribution(found, ...said);
  const rate = (owned - disagreements.length) / owned;
  const figure = `${owned} files of managers below /usr, ${(100 * rate).toFixed(2)} % attributed as they say`;
  process.stdout.write(`${[figure, ...disagreements].join('\n')}\n`);
  for (const each of said) expect(files.filter(({ path }) => each.has(path)).length).toBeGreaterThan(5);
  expect(rate).toBeGreaterThanOrEqual(target);
});

it('finds packaged files under whatever name they are asked for, through merged folders and alternatives', async () => {
  const names = new Map([
    ['/usr/bin/ls', 'coreutils'],
    ['/bin/ls', 'coreutils'],
    ['/usr/bin/sh', 'dash'],
    ['/bin/sh', 'dash'],
    ['/usr/lib/x86_64-linux-gnu/libc.so.6', 'libc6'],
    ['/lib/x86_64-linux-gnu/libc.so.6', 'libc6'],
    ['/usr/bin/awk', 'gawk'],
    ['/usr/bin/env', 'coreutils'],
  ]);
  await using machine = await machineFrom(`dir:${root.path}`);
  const paths = [...names.keys()].map((path) => ({ path: pathFromText(path), uses: ['read' as const] }));
  const { owners } = await identify(machine, paths);
  expect(new Map(paths.map(({ path }) => [path, owners.get(path)?.package?.name]))).toEqual(names);
});

async function installRpms(): Promise<void> {
  await using built = await buildRpms([
    {
      name: 'surveyor',
      version: '2:1.4~rc1-3',
      files: {
        '/usr/bin/survey': '#!/bin/sh\ncat /usr/share/surveyor/points\n',
        '/usr/bin/surveyor': '-> survey',
        '/usr/lib/surveyor/plan.conf': 'depth=2\n',
        '/usr/lib/surveyor/same.conf': '=> /usr/lib/surveyor/plan.conf',
        '/usr/share/doc/surveyor/README': 'surveys\n',
        // An rpm of a module for the packaged Python lies among dpkg's and pip's.
        '/usr/lib/python3/dist-packages/survey_tools/__init__.py': 'name = "survey"\n',
        '/usr/lib/python3/dist-packages/survey_tools-1.4.dist-info/METADATA': 'Name: survey-tools\nVersion: 1.4\n',
        '/usr/lib/python3/dist-packages/survey_tools-1.4.dist-info/RECORD':
          'survey_tools/__init__.py,,\nsurvey_tools-1.4.dist-info/METADATA,,\nsurvey_tools-1.4.dist-info/RECORD,,\n',
      },
      attributes: { '/usr/lib/surveyor/plan.conf': '%config(noreplace)', '/usr/share/doc/surveyor/README': '%doc' },
    },
    { name: 'surveyor-data', version: '2-1', files: { '/usr/share/surveyor/points': '1 2\n' } },
  ]);
  await must([...rpmIn(root.path), '--install', '--nodeps', ...built.paths]);
}

/** With pip below /usr/local: programs, modules and their bytecode. */
function installWheels(): void {
  const python = pythonIn(root.path);
  const project = {
    version: '3.1',
    source: 'def main():\n    print("measured")\n',
    scripts: { measure: 'measure_tool:main' },
  };
  writeProject(join(root.path, '/srv/measure'), 'measure-tool', project);
  writeProject(join(root.path, '/srv/scale'), 'scale', { version: '0.9', source: 'factor = 2\n' });
  for (const name of ['measure', 'scale']) python.buildWheel(`/srv/${name}`, '/srv/wheels');
  const wheels = ['--find-links', '/srv/wheels', 'measure-tool', 'scale'];
  python.runPip(undefined, 'install', '--break-system-packages', ...wheels);
}

/** With npm below /usr/local: a program, and a package that brings another in itself. */
function installNodePackages(): void {
  const inner = { name: '@corp/inner', version: '0.3.0' };
  const sources = [
    { json: { name: 'counter', version: '1.0.0', bin: 'count.js' }, files: { 'count.js': '#!/usr/bin/env node\n' } },
    {
      json: {
        name: 'holder',
        version: '2.0.0',
        dependencies: { '@corp/inner': '0.3.0' },
        bundleDependencies: [inner.name],
      },
      files: {
        'node_modules/@corp/inner/package.json': JSON.stringify(inner),
        'node_modules/@corp/inner/index.js': 'module.exports = 1\n',
      },
    },
  ];
  installGloballyWithNpm(join(root.path, 'srv'), sources, join(root.path, 'usr/local'));
}
