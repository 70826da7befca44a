import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { offeredVersions } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { withRoot } from '../support/roots.js';
import { must } from '../support/run.js';
import { installDebs, type SmallDeb } from '../support/small-debs.js';
import { ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'dpkg-deb', 'useradd'] }));

let cli: Cli;
/** Of the older of the two specs, built at once. */
let digest: string;
// Between the two: other versions of packages of an archive and of none, with other files, and one package more.
const prepare = shared(async () => {
  cli = await freshCli();
  await using root = await withRoot();
  const packages = (version: string): SmallDeb[] => [
    { name: 'alpha', version, depends: `beta (= ${version})` },
    // As new as the older spec, of which it alone stays.
    ...(version === '1' ? [{ name: 'delta', version, depends: 'beta' }] : []),
    { name: 'beta', version, files: { [`usr/share/beta-${version}/data`]: version, 'usr/bin/beta': '#!/bin/sh\n' } },
  ];
  const trace = (spec: string, command: string) =>
    cli.must(['trace', '-o', spec, '--root', root.path, '--cwd', '/', '--', 'sh', '-c', command]);
  await installDebs(root, packages('1'));
  await trace('older.yml', 'alpha; delta; jq --version');
  const latest = (await offeredVersions('jq')).at(-1);
  await root.inside(['apt-get', 'install', '--yes', '--quiet', `jq=${latest}`, `libjq1=${latest}`]);
  await installDebs(root, [...packages('2'), { name: 'gamma', version: '1', depends: 'alpha' }]);
  await trace('newer.yml', 'gamma; beta; delta; jq --version');
  digest = (await create(cli, 'older')).digest;
});
beforeEach(prepare);
afterAll(async () => cli?.[Symbol.asyncDispose]());

async function create(
  by: Cli,
  name: string,
  { spec = name, options = [] }: { readonly spec?: string; readonly options?: readonly string[] } = {},
): Promise<{ readonly digest: string; readonly isChanged: boolean }> {
  const { stderr } = await by.must(['create', '--name', name, ...options, `${spec}.yml`]);
  const { treeDigest = '' } = JSON.parse((await by.must(['info', name, '--json'])).stdout) as Resource;
  return { digest: treeDigest, isChanged: stderr.includes('and what differs is changed in it') };
}

it('changes packages in a bare system that was built before, and has the same as if it was built at once', async () => {
  await using own = await freshCli({ ownStore: true });
  await must(['cp', '-r', `${cli.work}/.`, own.work]);
  expect(await create(own, 'newer')).toMatchObject({ isChanged: false });
  expect(await create(own, 'older')).toEqual({ digest, isChanged: true });
});

it('dates what the build made anew where what comes is newer than all that was there', async () => {
  await using own = await freshCli({ ownStore: true });
  await must(['cp', '-r', `${cli.work}/.`, own.work]);
  expect(await create(own, 'older')).toEqual({ digest, isChanged: false });
  const newer = await create(own, 'newer');
  expect(newer.isChanged).toBe(true);
  const anew = await create(own, 'anew', { spec: 'newer', options: ['--fresh'] });
  expect(anew).toEqual({ digest: newer.digest, isChanged: false });
});

it('does so as an ordinary user', async () => {
  await using user = await ordinaryUser();
  await using own = await freshCli({ user });
  await must(['cp', '-r', `${cli.work}/.`, own.work]);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, own.work]);
  expect(await create(own, 'newer')).toMatchObject({ isChanged: false });
  expect(await create(own, 'older')).toEqual({ digest, isChanged: true });
});
