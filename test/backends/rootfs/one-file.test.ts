import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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
