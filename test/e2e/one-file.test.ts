import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { place, rebuild, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['strace', 'mmdebstrap', 'mksquashfs', 'squashfuse', 'fuse-overlayfs', '/dev/fuse', 'useradd'];
beforeEach(needs({ root: true, archive: true, programs }));

const root = place('root');
let traced: Traced;
let tar: string;
let user: OrdinaryUser;
const prepare = shared(async () => {
  traced = await root.trace(pipeline);
  user = await ordinaryUser({ isAlone: true });
  tar = join(traced.cli.work, 'tree.tar');
  await using folder = await rebuild(traced, 'rootfs');
  await traced.cli.must(['export', folder.name, '-o', tar]);
});
beforeEach(prepare);

afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
});

it('is the tree of a folder, proved and run again, in fewer than 20 inodes', async () => {
  await using made = await rebuild(traced, 'rootfs', ['form=squashfs']);
  const place = folderOf(traced.cli, made.name);
  expect(existsSync(join(place, 'environment.squashfs'))).toBe(true);
  expect((await must(['tar', '-tf', tar])).split('\n').length).toBeGreaterThan(3000);
  expect(await inodes(place)).toBeLessThan(20);
  expect(traced.digests.size).toBe(1);
});

/** An ordinary user where /dev/fuse has this mode: on most machines it is everybody's. */
const withFuse = (mode: '0600' | '0666', become: readonly string[]) => [
  ...['unshare', '--mount', '--propagation=private', 'sh', '-ec', fuseScript, mode],
  ...become,
];

const fuseScript = `
mount -t tmpfs -o dev fuse /mnt
mknod -m "$0" /mnt/fuse c 10 229
mount --bind /mnt/fuse /dev/fuse
umount -l /mnt
exec "$@"`;

const people = [
  ['root', async (): Promise<Cli> => freshCli()],
  [
    'an ordinary user without subordinate ids',
    async () => freshCli({ user: { ...user, become: withFuse('0666', user.become) } }),
  ],
] as const;

describe.each(people)('a tree in one file, of %s', (title, cliOf) => {
  let cli: Cli;
  let folder: string;
  const make = shared(async () => {
    cli = await cliOf();
    await must(['cp', tar, cli.work]);
    await bringSpec(cli, title !== 'root');
    await cli.must(['import', 'tree.tar', '--spec', 'environment.yml', '--name', 'one', '-b', 'form=squashfs']);
    folder = folderOf(cli, 'one');
  });
  beforeEach(make);
  afterAll(async () => cli?.[Symbol.asyncDispose]());

  const sh = async (script: string) => (await cli.must(['exec', 'one', '--', 'sh', '-c', script])).stdout;

  it('has the digest of the tree that it was made from, and keeps what is changed in it', async () => {
    const [digest] = traced.digests;
    const { treeDigest } = JSON.parse((await cli.must(['info', '--json', 'one'])).stdout) as Resource;
    expect(treeDigest).toBe(digest);
    await sh('echo kept > /srv/kept; echo more >> /etc/hostname-of-mine; rm /etc/issue; chmod 0700 /var/cache');
    expect(await sh('cat /srv/kept; [ -e /etc/issue ] || echo gone; stat -c %a /var/cache')).toBe('kept\ngone\n700\n');
    const { stdout } = await cli.run(['diff', '--json', 'tree.tar', 'one']);
    expect(stdout).toMatch(/\/srv\/kept/);
    expect(stdout).toMatch(/\/etc\/issue/);
    await cli.must(['cp', 'one:/srv/kept', 'kept']);
    expect(readFileSync(join(cli.work, 'kept'), 'latin1')).toBe('kept\n');
    expect(await inodes(folder)).toBeLessThan(40);
  });

  it('shows what one writes to another who is in it at the same time', async () => {
    const first = cli.must([
      ...['exec', 'one', '--', 'sh', '-c'],
      'echo there > /srv/first; for i in $(seq 300); do [ -e /srv/second ] && cat /srv/second && exit; sleep 0.1; done; exit 1',
    ]);
    const second = await sh(
      'for i in $(seq 300); do [ -e /srv/first ] && break; sleep 0.1; done; cat /srv/first; echo here > /srv/second',
    );
    expect([second, (await first).stdout]).toEqual(['there\n', 'here\n']);
  });

  it('leaves nothing mounted and nothing running when it is killed, stopped or done', async () => {
    const [node = '', ...entry] = cli.program;
    const argv = [...entry, 'exec', 'one', '--', 'sh', '-c', 'echo up; exec sleep 1000'];
    const child = spawn(node, argv, { env: cli.env, cwd: cli.work, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(mountsOf(cli)).not.toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await settled(() => mountsOf(cli))).toEqual([]);
    await cli.must(['stop', 'one']);
    expect(await sh('cat /srv/kept')).toBe('kept\n');
    expect(await settled(() => mountsOf(cli))).toEqual([]);
  });

  it('goes with all that was written over it', async () => {
    await cli.must(['rename', 'one', 'other']);
    expect((await cli.must(['exec', 'other', '--', 'cat', '/srv/kept'])).stdout).toBe('kept\n');
    await cli.must(['delete', '--yes', 'other']);
    expect(existsSync(folder)).toBe(false);
    expect(await settled(() => remains(cli))).toEqual([]);
  });
});

it('says what is missing where an ordinary user may not open /dev/fuse', async () => {
  await using cli = await freshCli({ user: { ...user, become: withFuse('0600', user.become) } });
  await bringSpec(cli, true);
  const argv = ['create', '-b', 'form=squashfs', '--name', 'one', 'environment.yml'];
  const { stderr } = await cli.must(argv, { code: 3 });
  expect(stderr).toMatch(/may not open \/dev\/fuse.*chmod 0666 \/dev\/fuse/s);
});

async function bringSpec(cli: Cli, isTheirs: boolean): Promise<void> {
  for (const part of ['environment.yml', 'environment.d'])
    await must(['cp', '-r', join(dirname(traced.spec), part), cli.work]);
  if (isTheirs) await must(['chown', '-R', `${user.uid}:${user.gid}`, cli.work]);
}

function folderOf(cli: Cli, name: string): string {
  return join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees', name);
}

async function inodes(folder: string): Promise<number> {
  return Number.parseInt(await must(['du', '-s', '--inodes', folder]), 10);
}

/** Processes and mounts, without the entry itself and its folder. */
function mountsOf(cli: Cli): string[] {
  return remains(cli).filter((each) => !each.startsWith('/'));
}

/** What ends with another process ends a moment later. */
async function settled(found: () => string[]): Promise<string[]> {
  for (let times = 0; times < 50 && found().length > 0; times++) await sleep(100);
  return found();
}
