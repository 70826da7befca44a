import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conda } from '../../src/distributions/conda/index.js';
import { offersOfDebian } from '../../src/distributions/debian/offers.js';
import { openObjectFiles } from '../../src/distributions/git/object-files.js';
import { npm } from '../../src/distributions/npm/index.js';
import { lockEnvironment } from '../../src/distributions/python/locked-environment.js';
import { checkRpm } from '../../src/distributions/rpm/check.js';
import { directoryMachine } from '../../src/machines/directory.js';
import { listIfThere, readIfThere } from '../../src/machines/if-there.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, showPath } from '../../src/model/file-path.js';
import type { BootstrapPlan, PlannedPackage } from '../../src/model/plan.js';
import { failingAt } from '../support/unreadable.js';

const path = (text: string) => text as FilePath;
const planned = { artifact: { name: 'a', urls: [] }, name: 'a', version: '1' } as unknown as PlannedPackage;

let root: string;
let machine: Machine;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reproman-there-'));
  for (const folder of ['etc', 'opt/conda/pkgs', 'var/cache/apt/archives', 'env/bin', 'objects/pack', 'objects/aa']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'etc/passwd'), 'ada:x:1000:1000::/home/ada:/bin/sh\n');
  await symlink('loop', join(root, 'loop'));
  machine = await directoryMachine(root);
});
afterEach(() => rm(root, { recursive: true }));

/** Every read of one path fails, as on a broken disk. */
const broken = (at: string) => failingAt(machine, (each) => each === at);

describe('what is read if it is there', () => {
  it.each(['/nothing', '/etc/passwd/below', '/loop'])('is nothing at %s', async (absent) => {
    expect(await readIfThere(machine.files, path(absent))).toBeUndefined();
    expect(await listIfThere(machine.files, path(absent))).toEqual([]);
  });

  it('is not nothing where it cannot be read: that is thrown, or told to who asks', async () => {
    const { files } = broken('/etc/passwd');
    await expect(readIfThere(files, path('/etc/passwd'))).rejects.toMatchObject({ code: 'EIO' });
    const told: string[] = [];
    const tell = (file: FilePath, code: string) => told.push(`${showPath(file)} ${code}`);
    expect(await readIfThere(files, path('/etc/passwd'), tell)).toBeUndefined();
    expect(await listIfThere(broken('/etc').files, path('/etc'), tell)).toEqual([]);
    expect(told).toEqual(['/etc/passwd EIO', '/etc EIO']);
  });
});

describe('a failing medium', () => {
  it.each([
    ['conda', '/opt/conda/pkgs', async (host: Machine) => conda.offers?.(host)],
    ['npm', '/etc/passwd', async (host: Machine) => npm.offers?.(host)],
    ['Debian', '/var/cache/apt/archives', offersOfDebian],
  ])('is a reason why the caches of %s have nothing', async (_, at, offersOf) => {
    const sound = await offersOf(machine);
    expect(sound?.(planned).unread).toEqual([]);
    const offers = await offersOf(broken(at));
    expect(offers?.(planned).unread).toEqual([`${at}: EIO`]);
  });

  it("is told of the folders of a Python environment's own files", async () => {
    const virtual = { prefix: path('/env'), home: path('/usr/bin'), version: '3.11', systemSitePackages: false };
    const context = { contents: {} as never, isElsewhere: () => false };
    const { notes } = await lockEnvironment(
      { path: path('/env'), virtual: virtual as never },
      { ...context, machine: broken('/env/bin') },
    );
    expect(notes).toEqual([expect.stringMatching(/^\/env\/bin cannot be read \(EIO\): .*\.$/)]);
  });

  it('is no empty database when rpm is compared with a plan', async () => {
    const plan = { packages: [] } as unknown as BootstrapPlan;
    const failing = failingAt(machine, (each) => each.includes('rpm'));
    await expect(checkRpm(plan, failing)).rejects.toThrow("rpm's database on");
    expect(await checkRpm(plan, machine)).toEqual([]);
  });

  it.each(['/objects/pack', '/objects/aa/bb'])('is no missing object of git (%s)', async (at) => {
    const open = async () => (await openObjectFiles(broken(at), [path('/objects')])).whole(path('/objects/aa/bb'));
    await expect(open()).rejects.toMatchObject({ code: 'EIO' });
  });
});
