import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rootfs } from '../../../backends/rootfs/index.js';
import { checkSquash } from '../../../backends/rootfs/one-file.js';
import { treeDetailsSchema } from '../../../backends/tree-details.js';
import { spawnProcess } from '../../../src/exec.js';
import { tarMembers } from '../../../src/filesystem/tar.js';
import { localMachine, shellOver } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import type { Effect, Resource } from '../../../src/model/resource.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ root: true, programs: ['mksquashfs', 'squashfuse', 'fuse-overlayfs', 'busybox'] }));

const host = await localMachine();
/** Many programs are started, on a machine that may be busy. */
const slow = { timeout: 120_000 };
let folder: string;
let tar: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'one-file-'));
  const tree = join(folder, 'system');
  for (const name of ['bin', 'usr/bin', 'etc', 'srv/deep', 'proc', 'dev', 'run', 'tmp'])
    mkdirSync(join(tree, name), { recursive: true });
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  copyFileSync(busybox, join(tree, 'bin/busybox'));
  chmodSync(join(tree, 'bin/busybox'), 0o755);
  for (const name of ['sh', 'cat', 'id']) symlinkSync('busybox', join(tree, 'bin', name));
  symlinkSync('../../bin/busybox', join(tree, 'usr/bin/env'));
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  for (let count = 0; count < 500; count++) writeFileSync(join(tree, `srv/deep/${count}`), String(count));
  tar = execFileSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', '-', '.'], { maxBuffer: 1e8 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function made(name: string): Promise<Resource & AsyncDisposable> {
  const effects: Effect[] = [];
  const context = {
    ...{ host, progress: silent, record: async (effect: Effect) => void effects.push(effect) },
    ...{ folder: join(folder, name), parameters: { form: 'squashfs' }, name },
  } as unknown as Parameters<typeof rootfs.bootstrap>[1];
  const details = await rootfs.bootstrap(Readable.from([tar]), context);
  const building = { name, details, effects } as unknown as Resource;
  const packed = (await rootfs.commit?.(building, context)) ?? {};
  return {
    ...building,
    details: packed,
    async [Symbol.asyncDispose]() {
      for (const effect of effects) await rootfs.undo(effect, host);
    },
  };
}

async function said(machine: Machine, script: string): Promise<string> {
  const result = await machine.shell?.run(['sh', '-c', script]);
  if (result?.exit.code !== 0) throw new Error(String(result?.stderr));
  return String(result.stdout);
}

it('makes the same bytes of the same tree, and removes the tree', slow, async () => {
  await using one = await made('one');
  await using other = await made('other');
  const [first, second] = [one, other].map(({ details }) =>
    readFileSync(join(treeDetailsSchema.parse(details).folder, 'environment.squashfs')),
  );
  expect(first?.equals(second ?? Buffer.of())).toBe(true);
  expect(readdirSync(join(folder, 'one/tree'))).toEqual([]);
});

it('keeps what programs change, shares it with who is in it, and gives a copy that changes nothing', slow, async () => {
  await using resource = await made('changed');
  {
    await using first = await rootfs.connect(resource, host);
    await said(first, 'echo more >> /etc/passwd; busybox rm /srv/deep/7; echo new > /srv/new');
    await using second = await rootfs.connect(resource, host);
    expect(await said(second, 'cat /srv/new')).toBe('new\n');
    await said(second, 'echo late > /srv/late');
    expect(await said(first, 'cat /srv/late')).toBe('late\n');
    await using copy = await rootfs.connectCopy(resource, host, { network: false });
    expect(await said(copy, 'busybox rm /srv/late; echo own > /srv/own; cat /srv/new')).toBe('new\n');
    expect(await first.files.lstat('/srv/own' as FilePath)).toBeUndefined();
    expect(await first.files.lstat('/srv/late' as FilePath)).toMatchObject({ type: 'file' });
  }
  await using again = await rootfs.connect(resource, host);
  expect(await said(again, 'cat /srv/new /srv/late; busybox tail -n 1 /etc/passwd')).toBe('new\nlate\nmore\n');
  const paths: string[] = [];
  for await (const { path } of tarMembers(await rootfs.exportTree(resource, host))) paths.push(path);
  expect(paths).toContain('/srv/late');
  expect(paths).not.toContain('/srv/deep/7');
  expect(paths.filter((path) => path.startsWith('/srv/deep/'))).toHaveLength(499);
});

it('goes with all that was written over it', slow, async () => {
  const resource = await made('gone');
  expect(await rootfs.state?.(resource, host)).toBe('present');
  {
    await using machine = await rootfs.connect(resource, host);
    await said(machine, 'echo new > /srv/new');
  }
  await resource[Symbol.asyncDispose]();
  expect(existsSync(join(folder, 'gone'))).toBe(false);
  expect(await rootfs.state?.(resource, host)).toBe('missing');
});

describe('the mounts of a tree', () => {
  /** Where who is in it says so on this machine, once somebody was. */
  const mountedIn = (resource: Resource) => {
    const mounted = join(treeDetailsSchema.parse(resource.details).folder, 'mounted');
    const [place = ''] = readdirSync(mounted).filter((name) => name !== 'by');
    return { place, by: join(mounted, 'by'), mounter: join(mounted, place, 'mounter') };
  };
  const says = async (resource: Resource, on: Machine = host) => {
    await using machine = await rootfs.connect(resource, on);
    return await said(machine, 'cat /etc/passwd');
  };
  const gone = async (path: string) => {
    for (let times = 0; times < 200 && isLink(path); times++) await sleep(50);
    expect(isLink(path)).toBe(false);
  };

  it.each([
    ['has ended', () => ''],
    ['was killed', () => `${deadPid()}\n`],
  ])(
    'are made anew for who enters while what is left of them goes, after their keeper %s',
    slow,
    async (_how, left) => {
      await using resource = await made('leaving');
      await says(resource);
      const { mounter, by } = mountedIn(resource);
      await gone(by);
      // As servers of file systems do for a while, which have the lock from who started them.
      const rest = spawn('flock', [mounter, 'sh', '-c', 'echo locked; exec sleep 2'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await once(rest.stdout, 'data');
      writeFileSync(mounter, left());
      expect(await says(resource)).toMatch(/^root:/);
      expect(rest.exitCode).toBe(0);
    },
  );

  it('are there for who enters the moment that the last leaves', slow, async () => {
    await using resource = await made('relay');
    const relay = async () => {
      for (let times = 0; times < 8; times++) expect(await says(resource)).toMatch(/^root:/);
    };
    await Promise.all([relay(), relay()]);
  });

  it('are refused to another machine that shares the disk as long as one has them', slow, async () => {
    await using resource = await made('shared');
    const other = otherHost('node-b');
    {
      await using machine = await rootfs.connect(resource, host);
      await said(machine, 'echo kept > /srv/kept');
      const { by } = mountedIn(resource);
      const name = execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim();
      await expect(says(resource, other)).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`in use on ${name} since 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC`),
        ),
        remedy: expect.stringContaining(`rm '${by}'`),
      });
      expect(await said(machine, 'cat /srv/kept')).toBe('kept\n');
    }
    await using machine = await rootfs.connect(resource, other);
    expect(await said(machine, 'cat /srv/kept')).toBe('kept\n');
    await expect(says(resource)).rejects.toThrow(/in use on node-b since/);
  });

  it('are neither renamed nor removed by another machine as long as one has them', slow, async () => {
    await using resource = await made('kept');
    const [effect] = resource.effects;
    if (!effect) throw new Error('nothing was recorded');
    const renamed = { ...effect, id: `${effect.id}-renamed` };
    const other = otherHost('node-b');
    {
      await using machine = await rootfs.connect(resource, host);
      await said(machine, 'echo kept > /srv/kept');
      await expect(rootfs.undo(effect, other)).rejects.toThrow(/in use on .* since 20/);
      await expect(rootfs.naming?.rename(effect, renamed, other)).rejects.toThrow(/in use on .* since 20/);
      expect(await said(machine, 'cat /srv/kept')).toBe('kept\n');
    }
    await gone(mountedIn(resource).by);
    await rootfs.naming?.rename(effect, renamed, other);
    await rootfs.naming?.rename(renamed, effect, host);
  });

  it('are renamed and removed by their own machine as a folder is, and stay for who is in them', slow, async () => {
    await using resource = await made('used');
    const [effect] = resource.effects;
    if (!effect) throw new Error('nothing was recorded');
    const renamed = { ...effect, id: `${effect.id}-renamed` };
    await using machine = await rootfs.connect(resource, host);
    await said(machine, 'echo kept > /srv/kept');
    await rootfs.naming?.rename(effect, renamed, host);
    expect(await said(machine, 'cat /srv/kept; cat /srv/deep/7')).toBe('kept\n7');
    await rootfs.undo(renamed, host);
    expect(existsSync(renamed.id)).toBe(false);
    expect(await said(machine, 'cat /srv/deep/7')).toBe('7');
  });

  it(
    'are had again on the machine that was stopped with them, and elsewhere once that is said to be gone',
    slow,
    async () => {
      await using resource = await made('stopped');
      await says(resource);
      const { place, by } = mountedIn(resource);
      await gone(by);
      symlinkSync(`${place} since 2020-02-02 02:02:02 UTC`, by);
      {
        await using machine = await rootfs.connect(resource, host);
        expect(await said(machine, 'cat /etc/passwd')).toMatch(/^root:/);
        expect(readlinkSync(by)).toMatch(new RegExp(`^${place} since (?!2020)`));
      }
      await gone(by);
      symlinkSync('node-lost-4026531836 since 2020-02-02 02:02:02 UTC', by);
      await expect(says(resource)).rejects.toThrow(/in use on node-lost since 2020-02-02 02:02:02 UTC/);
      unlinkSync(by);
      expect(await says(resource)).toMatch(/^root:/);
    },
  );
});

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Of a process that was, and is no more. */
function deadPid(): string {
  return execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
}

/** This machine under another name: what runs on it sees the same disk. */
function otherHost(name: string): Machine {
  const named = ['unshare', '--uts', 'sh', '-c', 'hostname "$0"; exec "$@"', name];
  return { ...host, shell: shellOver(async (argv, options) => spawnProcess([...named, ...argv], options)) };
}

it('is let go by an export that nobody reads', slow, async () => {
  await using resource = await made('unread');
  const tar = await rootfs.exportTree(resource, host);
  const by = join(treeDetailsSchema.parse(resource.details).folder, 'mounted/by');
  expect(isLink(by)).toBe(true);
  tar.destroy();
  for (let times = 0; times < 100 && isLink(by); times++) await sleep(50);
  expect(isLink(by)).toBe(false);
});

it.each([
  ['mksquashfs', ['squashfuse']],
  ['squashfuse', ['mksquashfs']],
])('names %s where an ordinary user lacks it, and the packages', async (lacking, present) => {
  const programs = join(folder, `without-${lacking}`);
  mkdirSync(programs);
  for (const name of ['sh', 'env', 'nsenter', 'setpriv', 'unshare', 'true', ...present]) {
    const path = execFileSync('sh', ['-c', 'command -v -- "$1" || echo /usr/bin/"$1"', 'sh', name], {
      encoding: 'utf8',
    });
    symlinkSync(path.startsWith('/') ? path.trim() : `/usr/bin/${name}`, join(programs, name));
  }
  // Who runs this is root, and is told to be somebody.
  writeFileSync(join(programs, 'id'), '#!/bin/sh\necho 4711\n', { mode: 0o755 });
  const spawn = shellOver(async (argv, options = {}) =>
    spawnProcess(argv, { ...options, environment: { PATH: programs } }),
  );
  const there: Machine = { ...host, isLocal: false, label: 'a login node', shell: spawn };
  expect(await checkSquash(there)).toEqual({
    ...{ ready: false, missing: `the program ${lacking} is missing` },
    remedy: 'sudo apt-get install squashfs-tools squashfuse fuse-overlayfs',
  });
});
