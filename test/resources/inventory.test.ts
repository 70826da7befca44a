import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FilePath } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { currentProcess } from '../../src/process-identity.js';
import { type Inventory, openInventory, shownState } from '../../src/resources/inventory.js';

let folder: string;
let inventory: Inventory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inventory-'));
  inventory = openInventory(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function resource(name: string, changes: Partial<Resource> = {}): Resource {
  return {
    name,
    backend: 'rootfs',
    state: 'ready',
    created: '2026-01-02T03:04:05Z',
    effects: [],
    details: {},
    spec: '/data/environment.yml',
    planDigest: 'a'.repeat(64),
    run: { cwd: '/data' as FilePath, environment: { LANG: 'C' }, user: { uid: 0, gid: 0, groups: [] } },
    ...changes,
  };
}

describe('inventory', () => {
  it('gives back what was put in, private to its owner', async () => {
    const put = resource('one', {
      effects: [{ kind: 'image', id: 'x', at: 'unix:///s' }],
      substitutes: [{ distribution: 'debian', name: 'tool', version: '1', sameness: 'other-version', instead: '2' }],
      treeDigest: 'b'.repeat(64),
    });
    await inventory.add(put);
    expect(await inventory.get('one')).toStrictEqual(put);
    expect((await stat(join(folder, 'resources'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'resources', 'one.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'resources'))).toStrictEqual(['one.json']);
  });

  it('keeps where a package that stands in for another is, also under a name that is not UTF-8', async () => {
    const package_ = { distribution: 'python', name: 'tool', version: '1', architecture: 'x86_64' };
    const put = { ...package_, at: '/venv-\xff' as FilePath, sameness: 'same-name' } as const;
    await inventory.add(resource('one', { substitutes: [put] }));
    expect((await inventory.get('one'))?.substitutes).toStrictEqual([put]);
  });

  it('keeps a working directory whose name is not UTF-8', async () => {
    const run = { ...resource('x').run, cwd: '/data/\xff' as FilePath };
    await inventory.add(resource('x', { run }));
    expect((await inventory.get('x'))?.run.cwd).toBe('/data/\xff');
  });

  it.each(['', '../up', 'A', '-x', 'a/b', '.x', 'x'.repeat(64), 'a b'])('refuses %j as a name', async (name) => {
    await expect(inventory.add(resource(name))).rejects.toThrow('cannot be the name');
  });

  it('refuses a name in use', async () => {
    await inventory.add(resource('one'));
    await expect(inventory.add(resource('one'))).rejects.toThrow("a resource 'one' on rootfs exists already");
  });

  it('finds by the beginning of a name, and says what was meant', async () => {
    await inventory.add(resource('analysis'));
    await inventory.add(resource('analysis-2'));
    await inventory.add(resource('other'));
    expect((await inventory.find('ot')).name).toBe('other');
    expect((await inventory.find('analysis')).name).toBe('analysis');
    await expect(inventory.find('ana')).rejects.toThrow('several resources: analysis, analysis-2');
    await expect(inventory.find('ohter')).rejects.toMatchObject({ remedy: "did you mean 'other'?" });
    await expect(inventory.find('../x')).rejects.toThrow('there is no resource');
  });

  it('loses no change of many at once, from several processes', async () => {
    await inventory.add(resource('one'));
    const script = `
      const { openInventory } = await import('${join(process.cwd(), 'src/resources/inventory.ts')}');
      const inventory = openInventory(process.argv[1]);
      await Promise.all(Array.from({ length: 5 }, (_, i) => inventory.update('one', (old) =>
        ({ ...old, effects: [...old.effects, { kind: 'n', id: process.argv[2] + i }] }))));`;
    const children = ['a', 'b'].map(
      (id) =>
        new Promise((resolve) =>
          spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, folder, id], {
            stdio: 'inherit',
          }).on('exit', resolve),
        ),
    );
    expect(await Promise.all(children)).toStrictEqual([0, 0]);
    expect((await inventory.get('one'))?.effects).toHaveLength(10);
  }, 30_000);

  it('takes over the lock of a process that is gone, and sweeps what it left', async () => {
    await mkdir(join(folder, 'resources'));
    await writeFile(join(folder, 'resources', '.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    await writeFile(join(folder, 'resources', 'one.json.4194305.0.tmp'), '{');
    await inventory.add(resource('one'));
    expect(await readdir(join(folder, 'resources'))).toStrictEqual(['one.json']);
  });

  it.each([
    ['cut short', '{"version": 1, "na'],
    ['empty', ''],
  ])('has what an entry said that is %s now', async (_, left) => {
    await inventory.add(resource('one'));
    const changed = await inventory.update('one', (present) => ({ ...present, treeDigest: 'c'.repeat(64) }));
    await writeFile(join(folder, 'resources', 'one.json'), left);
    expect(await inventory.get('one')).toStrictEqual(changed);
    await inventory.move('one', 'two', (present) => present);
    await writeFile(join(folder, 'resources', 'two.json'), left);
    expect((await inventory.list())[0]).toStrictEqual({ name: 'two', resource: { ...changed, name: 'two' } });
    await inventory.remove('two');
    expect(await inventory.list()).toStrictEqual([]);
    expect(await readdir(join(folder, 'resources.copy'))).toStrictEqual([]);
  });

  it('lists the good entries beside one that cannot be read', async () => {
    await inventory.add(resource('good'));
    await writeFile(join(folder, 'resources', 'bad.json'), '{"version": 1');
    const entries = await inventory.list();
    expect(entries.map(({ name, problem }) => [name, problem === undefined])).toStrictEqual([
      ['bad', false],
      ['good', true],
    ]);
  });

  it('calls a resource broken when the process that made it is gone', async () => {
    const started = (await currentProcess()).started;
    expect(await shownState(resource('x', { state: 'creating', process: { pid: process.pid, started } }))).toBe(
      'creating',
    );
    expect(await shownState(resource('x', { state: 'creating', process: { pid: process.pid, started: '1' } }))).toBe(
      'broken',
    );
    expect(await shownState(resource('x', { state: 'removing' }))).toBe('broken');
  });

  it('says where it cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openInventory(join(folder, 'file')).add(resource('one'))).rejects.toMatchObject({
      kind: 'not-ready',
      where: join(folder, 'file', 'resources'),
    });
  });
});
