import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import type { PrefixLock } from '../../src/packaging/prefix/schema.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';
import { listing, putInPlace } from '../packaging/put-in-place.js';

let folder: string;
let root: FixtureRoot;
const made: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yarn-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  for (const each of [folder, ...made.splice(0)]) await rm(each, { recursive: true, force: true });
});

async function captured(...paths: string[]) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output });
  const spec = await readSpecification(output);
  const lock = spec.lock?.distributions.find(({ name }) => name === 'yarn') as PrefixLock | undefined;
  return { spec, notes, packages: lock?.packages ?? [] };
}

const cache = '/srv/app/.yarn/cache';

/** The lock file as Yarn 4 writes it. */
const lock = `__metadata:
  version: 8
  cacheKey: 10c0

"@my-org/tool@npm:^2.0.0, @my-org/tool@npm:~2.1":
  version: 2.1.0-rc.1
  resolution: "@my-org/tool@npm:2.1.0-rc.1"
  dependencies:
    run-npm-all: "npm:^1.0.0"
    app: "workspace:."
  checksum: 10c0/aa11
  languageName: node
  linkType: hard

"run-npm-all@npm:^1.0.0":
  version: 1.0.0
  resolution: "run-npm-all@npm:1.0.0"
  dependencies:
    deep: "npm:3"
    "@my-org/tool": "npm:~2.1"
  checksum: 10c0/bb22
  languageName: node
  linkType: hard

"deep@npm:3":
  version: 3.0.0
  resolution: "deep@npm:3.0.0"
  languageName: node
  linkType: hard

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  languageName: unknown
  linkType: soft
`;

it('knows the zip files of a project by its lock file, with all that they depend on, and puts them back', async () => {
  const zips = ['@my-org-tool-npm-2.1.0-rc.1', 'run-npm-all-npm-1.0.0', 'deep-npm-3.0.0', 'idle-npm-1.0.0'].map(
    (name) => `${cache}/${name}-0123456789-abcdef0123.zip`,
  );
  await root.file('/srv/app/yarn.lock', lock);
  for (const zip of zips) await root.file(zip, zip);
  const [tool = '', all = '', deep = '', idle = ''] = zips;
  const { packages, spec } = await captured(tool);
  expect(
    packages.map(({ name, version, at, used, needs, details }) => [name, version, at, used, needs, details]),
  ).toEqual([
    ['@my-org/tool', '2.1.0-rc.1', tool, true, [deep, all], { checksum: '10c0/aa11' }],
    ['deep', '3.0.0', deep, false, undefined, undefined],
    ['run-npm-all', '1.0.0', all, false, [tool, deep], { checksum: '10c0/bb22' }],
  ]);
  const put = await putInPlace(spec, root.machine);
  made.push(...put.folders);
  const { [idle]: _, ...there } = await listing(root.folder, cache);
  expect(await listing(put.folder, cache)).toEqual(there);
});

it('knows zip files that all projects share, and those of other places than a registry, by their names', async () => {
  const shared = '/home/ada/.yarn/berry/cache';
  const names = ['left-npm-1.3.0-0123456789-10c0', '@types-node-npm-20.0.0-0123456789-8', 'tool-patch-aaaabbbbcc-10c0'];
  for (const name of [...names, 'holiday-pictures']) await root.file(`${shared}/${name}.zip`, name);
  const { packages } = await captured(...[...names, 'holiday-pictures'].map((name) => `${shared}/${name}.zip`));
  expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
    '@types/node 20.0.0',
    'left 1.3.0',
    'tool patch-aaaabbbbcc',
  ]);
});

it('leaves zip files of a lock file that cannot be understood to others, and says so', async () => {
  await root.file('/srv/app/yarn.lock', '"left@npm:1": 3\n');
  await root.file(`${cache}/left-npm-1.3.0-0123456789-abcdef0123.zip`, 'left');
  const { packages, notes } = await captured(`${cache}/left-npm-1.3.0-0123456789-abcdef0123.zip`);
  expect(packages).toEqual([]);
  expect(notes.join()).toContain('looks like one of the packages of Yarn');
});
