import { appendFile, mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { rpm } from '../../../src/distributions/rpm/index.js';
import { type Identification, identify } from '../../../src/identification/identify.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { FilePath } from '../../../src/model/file-path.js';
import type { Owner } from '../../../src/model/owner.js';
import { silent } from '../../../src/model/progress.js';
import { access } from '../../capture/fixture-root.js';
import { needs, shared } from '../../support/needs.js';
import { type BuiltRpms, buildRpms, type RpmSource, rpmIn } from '../../support/rpm.js';
import { systemSources } from '../../support/rpm-system.js';
import { must } from '../../support/run.js';

const shell = { '/usr/share/doc/pair/README': 'the same in both\n' };
const special: readonly RpmSource[] = [
  { name: 'pair', version: '1-1', architecture: 'x86_64', files: { '/usr/lib64/libpair.so': 'wide\n', ...shell } },
  { name: 'pair', version: '1-1', architecture: 'i686', files: { '/usr/lib/libpair.so': 'narrow\n', ...shell } },
  { name: 'kernel', version: '6.1-1', files: { '/usr/lib/modules/6.1-1/vmlinuz': 'older\n' } },
  { name: 'kernel', version: '6.2-1', files: { '/usr/lib/modules/6.2-1/vmlinuz': 'newer\n' } },
  {
    name: 'old-style',
    version: '1-1',
    files: { '/bin/old-style': '#!/bin/sh\n' },
    preamble: ['Requires: /usr/bin/sh'],
  },
  {
    name: 'manual',
    version: '1-1',
    files: { '/usr/share/doc/manual': 'text\n', '/usr/share/manual': 'x\n' },
    attributes: { '/usr/share/doc/manual': '%doc' },
  },
  { name: 'latin', version: '1-1', files: { '/usr/share/caf\u00e9': 'x\n' } },
];

let root: string;
let built: BuiltRpms;
let machine: Machine;

beforeEach(needs({ root: true, programs: ['rpm', 'rpmbuild', 'busybox'] }));
beforeEach(
  shared(async () => {
    root = await mkdtemp(join(tmpdir(), 'rpm-reader-'));
    built = await buildRpms([...systemSources(), ...special]);
    const manual = built.paths.filter((path) => path.includes('manual-'));
    const others = built.paths.filter((path) => !manual.includes(path));
    await must([...rpmIn(root), '--install', '--ignorearch', '--nodeps', ...others]);
    await must([...rpmIn(root), '--install', '--excludedocs', ...manual]);
    machine = await directoryMachine(root);
  }),
);
afterAll(async () => {
  await built?.[Symbol.asyncDispose]();
  if (root) await rm(root, { recursive: true, force: true });
});

async function owners(...paths: string[]): Promise<Identification> {
  return identify(
    machine,
    paths.map((path) => access(path, 'read')),
    { modules: [rpm] },
  );
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  return (await owners(path)).owners.get(path as FilePath);
}

describe('paths of an rpm system', () => {
  it('belong to whom rpm says, all of them, whatever the walk of the system finds', async () => {
    const listed = new Map<string, string[]>();
    const table = await must([...rpmIn(root), '-qa', '--qf', '[%{=NEVRA} %{FILENAMES}\\n]']);
    for (const line of Buffer.from(table).toString('latin1').trim().split('\n')) {
      const [, id = '', path = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      listed.set(path, [...(listed.get(path) ?? []), id]);
    }
    const walked: string[] = [];
    for await (const { path } of machine.files.walk('/' as FilePath)) walked.push(path);
    const { owners: found } = await owners(...walked);
    const disagreements = walked.flatMap((path) => {
      const theirs = listed.get(path) ?? listed.get(path.replace(/^\/usr/, '')) ?? [];
      const { package: reference, state } = found.get(path as FilePath) ?? {};
      const ours = reference && `${reference.name}-${reference.version}.${reference.architecture}`;
      const isSame = ours === undefined ? theirs.length === 0 : theirs.includes(ours);
      return isSame || state === undefined ? [] : [{ path, theirs, ours }];
    });
    expect(walked.length).toBeGreaterThan(300);
    // A folder that the kernel fills is the kernel's before it is any package's.
    expect(disagreements.map(({ path }) => path)).toEqual(['/dev', '/proc', '/sys']);
  });

  it.each([
    ['/bin/busybox', 'busybox'],
    ['/usr/bin/old-style', 'old-style'],
    ['/bin/old-style', 'old-style'],
    ['/bin', 'filesystem'],
    ['/', undefined],
  ])('%s is of %s in either spelling of merged /usr', async (path, name) => {
    expect((await ownerOf(path))?.package?.name).toBe(name);
  });

  it('are told apart by architecture, and a file of both packages is of the one in use', async () => {
    const { owners: found } = await owners('/usr/lib/libpair.so', '/usr/share/doc/pair/README');
    expect(found.get('/usr/share/doc/pair/README' as FilePath)).toMatchObject({
      state: 'owned',
      package: { name: 'pair', architecture: 'i686' },
      sharedWith: [{ name: 'pair', architecture: 'x86_64' }],
    });
  });

  it('are told apart by version where several are installed, in the lock too', async () => {
    const identification = await owners('/usr/lib/modules/6.1-1/vmlinuz');
    const found = identification.owners.get('/usr/lib/modules/6.1-1/vmlinuz' as FilePath);
    expect(found?.package).toMatchObject({ name: 'kernel', version: '6.1-1' });
    const contents = { add: () => Promise.reject(new Error('nothing is carried')) } as never;
    const [half] = await identification.finish({ machine, contents, repack: 'none', progress: silent });
    const kernels = half?.lock.packages?.filter(({ name }) => name === 'kernel');
    expect(kernels?.map(({ version, used }) => [version, used])).toEqual([['6.1-1', true]]);
  });

  it('that are %ghost are generated, by a rule of their own where one is known', async () => {
    expect(await ownerOf('/var/lib/greeter/made')).toMatchObject({
      state: 'generated',
      rule: 'ghost',
      onCreate: 'carry',
      package: { name: 'greeter' },
    });
    expect(await ownerOf('/etc/passwd')).toMatchObject({
      state: 'generated',
      rule: 'accounts',
      onCreate: 'regenerate',
    });
    expect(await ownerOf('/var/lib/rpm/rpmdb.sqlite')).toMatchObject({ state: 'generated', rule: 'package-database' });
  });

  it('are modified where they are not as the package recorded them', async () => {
    await appendFile(join(root, 'etc/greeter.conf'), '# changed\n');
    await unlink(join(root, 'usr/share/greeter/name'));
    await unlink(join(root, 'usr/bin/awk'));
    await symlink('elsewhere', join(root, 'usr/bin/awk'));
    const { owners: found } = await owners(
      '/etc/greeter.conf',
      '/usr/share/greeter/name',
      '/usr/bin/awk',
      '/usr/bin/greet',
    );
    const stateOf = (path: string) => {
      const { state, rule } = found.get(path as FilePath) ?? {};
      return [state, rule];
    };
    expect(stateOf('/etc/greeter.conf')).toEqual(['modified', 'content']);
    expect(stateOf('/usr/share/greeter/name')).toEqual(['modified', 'removed']);
    expect(stateOf('/usr/bin/awk')).toEqual(['modified', 'link']);
    expect(stateOf('/usr/bin/greet')).toEqual(['owned', undefined]);
    await writeFile(join(root, 'usr/share/greeter/name'), 'world\n');
  });

  it('that were left out at installation are missing, so that they are in no environment', async () => {
    expect(await ownerOf('/usr/share/doc/manual')).toMatchObject({ state: 'modified', rule: 'removed' });
  });

  it('that nothing owns are loose', async () => {
    await mkdir(join(root, 'opt/mine'), { recursive: true });
    expect(await ownerOf('/opt/mine')).toEqual({ path: '/opt/mine', state: 'loose' });
  });
});

describe('the halves of a spec', () => {
  it('have the packages used, and all that they require by name, file and rich dependency', async () => {
    const identification = await owners('/usr/bin/greet');
    expect(identification.base).toMatchObject({ distribution: 'rpm', release: 'example 40', architecture: 'x86_64' });
    const [half] = await identification.finish({
      machine,
      contents: { add: () => Promise.reject(new Error('nothing is carried')) } as never,
      repack: 'none',
      progress: silent,
    });
    expect(half?.manifest).toEqual({ name: 'rpm', packages: ['greeter-2:1.0~rc1-3.noarch'] });
    const lock = rpm.lockSchema.parse(half?.lock);
    expect(lock.packages.map(({ name, used, needs: own }) => [name, used, own ?? []])).toEqual([
      ['busybox', false, ['filesystem']],
      ['example-release', false, ['filesystem']],
      ['filesystem', false, ['setup']],
      ['greeter', true, ['busybox', 'greeter-data']],
      ['greeter-data', false, []],
      ['setup', false, []],
    ]);
    expect(lock.accounts.users.map(({ name }) => name)).toContain('root');
    expect(half?.epoch).toBe(1_700_000_000);
  });
});
