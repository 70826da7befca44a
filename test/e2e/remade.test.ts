import { beforeEach, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { offeredVersions } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';
import { installDebs, type SmallDeb } from '../support/small-debs.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'dpkg-deb'] }));

const changed = 'is taken from the cache, and what differs is changed in it';

async function trace(cli: Cli, root: Root, spec: string, command: string): Promise<void> {
  await cli.must(['trace', '-o', spec, '--root', root.path, '--cwd', '/', '--', 'sh', '-c', command]);
}

async function create(cli: Cli, spec: string, name: string, ...flags: readonly string[]) {
  const { stderr } = await cli.must(['create', '--name', name, ...flags, spec]);
  const { stdout } = await cli.must(['info', name, '--json']);
  const { treeDigest } = JSON.parse(stdout) as Pick<Resource, 'treeDigest'>;
  expect(treeDigest).toMatch(/^[0-9a-f]{64}$/);
  return { digest: treeDigest, isRemade: stderr.includes(changed) };
}

/** Built from what the store has, and from nothing. */
async function createBoth(cli: Cli, spec: string) {
  const made = await create(cli, spec, `${spec}-again`.replace('.yml', ''));
  const { digest } = await create(cli, spec, `${spec}-fresh`.replace('.yml', ''), '--fresh');
  return { isRemade: made.isRemade, isSame: made.digest === digest };
}

it('makes a bare system from one with other versions, more and fewer packages, the same as if it was built at once', async () => {
  await using root = await withRoot();
  await using cli = await freshCli({ ownStore: true });
  const packages = (version: string): SmallDeb[] => [
    { name: 'alpha', version, depends: `beta (= ${version})` },
    { name: 'beta', version, files: { [`usr/share/beta-${version}/data`]: version, 'usr/bin/beta': '#!/bin/sh\n' } },
  ];
  await installDebs(root, packages('1'));
  await trace(cli, root, 'older.yml', 'alpha; jq --version');
  const versions = await offeredVersions('jq');
  await root.inside(['apt-get', 'install', '--yes', '--quiet', `jq=${versions.at(-1)}`, `libjq1=${versions.at(-1)}`]);
  await installDebs(root, [...packages('2'), { name: 'gamma', version: '1', depends: 'alpha' }]);
  await trace(cli, root, 'newer.yml', 'gamma; beta; jq --version');
  expect(await create(cli, 'newer.yml', 'first')).toMatchObject({ isRemade: false });
  expect(await createBoth(cli, 'older.yml')).toEqual({ isRemade: true, isSame: true });
});

it.each([
  ['has a script', { postinst: '#!/bin/sh\ndate > /usr/share/told\n' }],
  ['asks to be told of others', { triggers: 'interest /usr/share/told\n' }],
])('builds a bare system anew where what differs %s', async (_title, control) => {
  await using root = await withRoot();
  await using cli = await freshCli({ ownStore: true });
  const deb = (version: string): SmallDeb => ({ name: 'delta', version, control });
  await installDebs(root, [deb('1')]);
  await trace(cli, root, 'older.yml', 'delta');
  await installDebs(root, [deb('2')]);
  await trace(cli, root, 'newer.yml', 'delta');
  expect(await create(cli, 'newer.yml', 'first')).toMatchObject({ isRemade: false });
  expect(await create(cli, 'older.yml', 'second')).toMatchObject({ isRemade: false });
});
