import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/identification/identify.js';
import type { Machine } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Owner } from '../../src/model/owner.js';
import { debianRoot } from '../distributions/debian/root.js';

async function ownersOf(machine: Machine, ...paths: string[]): Promise<(path: string) => Owner> {
  const accesses = paths.map((path) => ({ path: path as FilePath, uses: ['examined' as const] }));
  const { owners } = await identify(machine, accesses);
  return (path) => {
    const owner = owners.get(path as FilePath);
    expect(owner, path).toBeDefined();
    return owner as Owner;
  };
}

const profile = (): Promise<string> => readFile(new URL('../fixtures/debian/dot.profile', import.meta.url), 'utf8');

describe('packaged files', () => {
  it('finds a file under both spellings of merged /usr', async () => {
    await using root = await debianRoot();
    await root.write('/usr/bin/bash');
    const owner = await ownersOf(root.machine, '/bin/bash', '/usr/bin/bash');
    expect(owner('/bin/bash')).toMatchObject({
      package: { name: 'bash', version: '5.2.15-2+b8' },
      listedAs: '/bin/bash',
    });
    expect(owner('/usr/bin/bash')).toMatchObject({ package: { name: 'bash' }, listedAs: '/bin/bash' });
    expect(owner('/bin').state).toBe('owned');
  });

  it('looks at nothing that the run opened of the base but the way to what ended elsewhere', async () => {
    await using root = await debianRoot();
    await root.write('/usr/bin/bash');
    const { files } = root.machine;
    const looked: FilePath[] = [];
    const kinds: typeof files.kinds = async (paths, options) => {
      looked.push(...paths);
      return files.kinds(paths, options);
    };
    const bash = '/usr/bin/bash' as FilePath;
    const { owners } = await identify({ ...root.machine, files: { ...files, kinds } }, [
      { path: '/bin/bash' as FilePath, resolved: bash, uses: ['read', 'executed'] },
      { path: '/home/notes' as FilePath, uses: ['read'] },
    ]);
    expect(owners.get('/bin/bash' as FilePath)).toMatchObject({ package: { name: 'bash' } });
    expect(owners.get('/bin' as FilePath)?.state).toBe('owned');
    expect(looked).toContain('/bin');
    expect(looked).toContain('/home/notes');
    expect(looked).not.toContain(bash);
    expect(looked).not.toContain('/bin/bash');
  });

  it('keeps the spellings apart where /usr is not merged', async () => {
    await using root = await debianRoot('split-usr');
    await root.write('/bin/bash');
    await root.write('/usr/bin/bash');
    const owner = await ownersOf(root.machine, '/bin/bash', '/usr/bin/bash');
    expect(owner('/bin/bash').package?.name).toBe('bash');
    expect(owner('/usr/bin/bash')).toEqual({ path: '/usr/bin/bash', state: 'loose' });
  });

  it('gives the sibling of the right architecture, from lists named with an architecture', async () => {
    await using root = await debianRoot();
    await root.write('/usr/lib/i386-linux-gnu/libz.so.1.2.13');
    const owner = await ownersOf(root.machine, '/lib/i386-linux-gnu/libz.so.1.2.13');
    expect(owner('/lib/i386-linux-gnu/libz.so.1.2.13').package).toMatchObject({ name: 'zlib1g', architecture: 'i386' });
  });

  it('keeps all siblings that have the same file, the one in use first', async () => {
    await using root = await debianRoot();
    await root.write('/usr/share/doc/zlib1g/copyright');
    await root.write('/usr/lib/i386-linux-gnu/libz.so.1.2.13');
    const owner = await ownersOf(
      root.machine,
      '/usr/lib/i386-linux-gnu/libz.so.1.2.13',
      '/usr/share/doc/zlib1g/copyright',
    );
    expect(owner('/usr/share/doc/zlib1g/copyright')).toMatchObject({
      package: { name: 'zlib1g', architecture: 'i386' },
      sharedWith: [{ name: 'zlib1g', architecture: 'amd64' }],
    });
  });

  it('brings no package in for a folder that many share', async () => {
    await using root = await debianRoot();
    await root.write('/usr/share/x');
    const owner = await ownersOf(root.machine, '/usr/share', '/usr/bin');
    expect(owner('/usr/share').package?.name).toBe('base-files');
    expect(owner('/usr/bin').package?.name).toBe('base-files');
  });

  it('finds who diverted a file and whose file was diverted', async () => {
    await using root = await debianRoot();
    await root.write('/usr/bin/pg_config');
    await root.write('/usr/bin/pg_config.libpq-dev');
    const owner = await ownersOf(root.machine, '/usr/bin/pg_config', '/usr/bin/pg_config.libpq-dev');
    expect(owner('/usr/bin/pg_config').package?.name).toBe('postgresql-common');
    expect(owner('/usr/bin/pg_config.libpq-dev')).toMatchObject({
      package: { name: 'libpq-dev' },
      listedAs: '/usr/bin/pg_config',
    });
  });

  it('takes a local diversion to move the file of every package', async () => {
    await using root = await debianRoot();
    await root.write('/usr/bin/dpkg');
    await root.write('/usr/bin/dpkg.real');
    const owner = await ownersOf(root.machine, '/usr/bin/dpkg', '/usr/bin/dpkg.real');
    expect(owner('/usr/bin/dpkg').state).toBe('loose');
    expect(owner('/usr/bin/dpkg.real').package?.name).toBe('dpkg');
  });

  it('attributes an alternative to the package of its target, link by link', async () => {
    await using root = await debianRoot();
    await root.write('/usr/bin/mawk');
    await root.link('/usr/bin/awk', '/etc/alternatives/awk');
    await root.link('/etc/alternatives/awk', '/usr/bin/mawk');
    const owner = await ownersOf(root.machine, '/bin/awk');
    for (const path of ['/bin/awk', '/usr/bin/awk', '/etc/alternatives/awk']) {
      expect(owner(path)).toMatchObject({
        state: 'generated',
        rule: 'alternatives',
        package: { name: 'mawk' },
        listedAs: '/usr/bin/mawk',
        onCreate: 'regenerate',
      });
    }
    expect(owner('/usr/bin/mawk').package?.name).toBe('mawk');
  });
});

describe('content', () => {
  it('tells a packaged file as it was from one that was changed, gone or replaced', async () => {
    await using root = await debianRoot();
    await root.write('/usr/share/base-files/dot.profile', await profile());
    await root.write('/usr/share/base-files/profile', 'edited\n');
    await root.link('/usr/bin/mawk', '/opt/mawk');
    const paths = [
      '/usr/share/base-files/dot.profile',
      '/usr/share/base-files/profile',
      '/usr/bin/mawk',
      '/usr/bin/pg_conftool',
    ];
    const owner = await ownersOf(root.machine, ...paths);
    expect(owner(paths[0] as string).state).toBe('owned');
    expect(owner(paths[1] as string)).toMatchObject({
      state: 'modified',
      rule: 'content',
      package: { name: 'base-files' },
    });
    expect(owner(paths[2] as string)).toMatchObject({ state: 'modified', rule: 'replaced', package: { name: 'mawk' } });
    expect(owner(paths[3] as string)).toMatchObject({ state: 'modified', rule: 'removed' });
  });

  it('checks a configuration file against its status', async () => {
    await using root = await debianRoot();
    await root.write('/etc/ld.so.conf', 'include /etc/ld.so.conf.d/*.conf\n\n');
    await root.write('/etc/bash.bashrc', 'PS1=mine\n');
    const owner = await ownersOf(root.machine, '/etc/ld.so.conf', '/etc/bash.bashrc');
    expect(owner('/etc/ld.so.conf')).toMatchObject({ state: 'owned', package: { name: 'libc-bin' } });
    expect(owner('/etc/bash.bashrc')).toMatchObject({ state: 'modified', package: { name: 'bash' } });
  });
});

describe('what no package lists', () => {
  it('explains generated files by a rule, and carries a copy that differs from its template', async () => {
    await using root = await debianRoot();
    await root.write('/etc/ld.so.cache');
    await root.write('/usr/share/libc-bin/nsswitch.conf', 'passwd: files\n');
    await root.write('/etc/nsswitch.conf', 'passwd: files sss\n');
    await root.write('/root/.profile', await profile());
    await root.write('/usr/share/base-files/dot.profile', await profile());
    const owner = await ownersOf(root.machine, '/etc/ld.so.cache', '/etc/nsswitch.conf', '/root/.profile');
    expect(owner('/etc/ld.so.cache')).toMatchObject({
      rule: 'linker-cache',
      onCreate: 'regenerate',
      package: { name: 'libc-bin' },
    });
    expect(owner('/etc/nsswitch.conf')).toMatchObject({ rule: 'name-service-switch', onCreate: 'carry' });
    expect(owner('/root/.profile')).toMatchObject({ rule: 'base-files-copy', onCreate: 'regenerate' });
  });

  it('gives bytecode to the owner of its source', async () => {
    await using root = await debianRoot();
    const cached = (folder: string, name: string): string => `${folder}/__pycache__/${name}.cpython-311.pyc`;
    await root.write(cached('/usr/lib/python3.11', 'os'));
    await root.write('/usr/lib/python3.11/os.py');
    await root.write(cached('/opt/tool', 'main'));
    await root.write('/opt/tool/main.py');
    const owner = await ownersOf(root.machine, cached('/usr/lib/python3.11', 'os'), cached('/opt/tool', 'main'));
    expect(owner(cached('/usr/lib/python3.11', 'os'))).toMatchObject({
      state: 'generated',
      package: { name: 'libpython3.11-minimal' },
      onCreate: 'regenerate',
    });
    expect(owner(cached('/opt/tool', 'main'))).toMatchObject({ state: 'generated', onCreate: 'carry' });
    expect(owner('/opt/tool/main.py').state).toBe('loose');
  });

  it.each([
    ['/proc/self/maps', 'left-out', 'kernel-interface'],
    ['/dev/null', 'left-out', 'kernel-interface'],
    ['/dev/nvidia0', 'host-bound', 'gpu-device'],
    ['/usr/lib/x86_64-linux-gnu/libcuda.so.535.54', 'host-bound', 'gpu-driver'],
    ['/usr/lib/x86_64-linux-gnu/libnss_sss.so.2', 'host-bound', 'name-service-module'],
    ['/etc/resolv.conf', 'host-bound', 'machine-identity'],
    ['/run/reproman/log', 'left-out', 'tracer'],
    ['/srv/absent', 'left-out', 'absent'],
    ['/etc/ld.so.cache', 'left-out', 'absent'],
  ])('says of %s that it is %s by the rule %s', async (path, state, rule) => {
    await using root = await debianRoot();
    await root.write('/usr/lib/x86_64-linux-gnu/libnss_sss.so.2');
    await root.write('/etc/resolv.conf');
    expect((await ownersOf(root.machine, path))(path)).toEqual({ path, state, rule });
  });

  it("keeps names that are no text, and leaves what is nobody's loose", async () => {
    await using root = await debianRoot();
    await root.write('/opt/a b\n');
    await root.link('/opt/way', '/opt/a b\n');
    const owner = await ownersOf(root.machine, '/opt/way', '/opt/\xff');
    expect(owner('/opt/way').state).toBe('loose');
    expect(owner('/opt/a b\n').state).toBe('loose');
    expect(owner('/opt/\xff').rule).toBe('absent');
  });

  it('works without any distribution', async () => {
    await using root = await debianRoot();
    const { owners, base } = await identify(root.machine, [{ path: '/usr/bin' as FilePath, uses: ['listed'] }], {
      modules: [],
    });
    expect(owners.get('/usr/bin' as FilePath)).toEqual({ path: '/usr/bin', state: 'loose' });
    expect(base).toBeUndefined();
  });
});

it('says what the base is', async () => {
  await using merged = await debianRoot();
  await using split = await debianRoot('split-usr');
  const base = { distribution: 'debian', release: '12', codename: 'bookworm', architecture: 'amd64' };
  expect((await identify(merged.machine, [])).base).toEqual({ ...base, layout: 'merged-usr' });
  expect((await identify(split.machine, [])).base).toEqual({ ...base, layout: 'split-usr' });
});
