import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchArtifacts } from '../../src/archives/fetch.js';
import { openStore } from '../../src/archives/store.js';
import { bootstrapDebian } from '../../src/distributions/debian/bootstrap.js';
import { checkDebian } from '../../src/distributions/debian/check.js';
import { planBootstrap } from '../../src/distributions/debian/plan.js';
import { resolveDebian } from '../../src/distributions/debian/resolve.js';
import type { DebianLock } from '../../src/distributions/debian/schema.js';
import { offersOf } from '../../src/distributions/offers.js';
import { directoryMachine } from '../../src/machines/directory.js';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import { silent } from '../../src/model/progress.js';
import type { Base } from '../../src/packaging/base-system.js';
import { folderContents } from '../../src/spec/folder/contents.js';
import { codename, offeredVersions } from '../support/archive.js';
import { needs } from '../support/needs.js';

/** Not in the future: only later dates are clamped. */
const epoch = Math.floor(Date.now() / 86_400_000 - 1) * 86_400;

let folder: string;
let host: Machine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bootstrap-'));
  host = await localMachine();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function base() {
  const architecture = execFileSync('dpkg', ['--print-architecture']).toString().trim();
  return {
    distribution: 'debian',
    release: '12',
    codename: await codename(),
    architecture,
    layout: 'merged-usr',
  } as const;
}

async function resolve(...packages: string[]): Promise<DebianLock> {
  return (
    await resolveDebian({ name: 'debian', packages }, { base: await base(), libc: 'glibc', host, progress: silent })
  ).lock;
}

/** Bootstraps a lock into a tar; gives the tar's hash and file. */
async function build(lock: DebianLock, extra: ReadonlyMap<string, string> = new Map(), release: Partial<Base> = {}) {
  const plan = planBootstrap(lock, { base: { ...(await base()), ...release }, libc: 'glibc', epoch });
  const contents = folderContents(join(folder, 'contents'));
  for (const file of extra.values()) await contents.add(execFileSync('cat', [file]));
  const store = await openStore(join(folder, 'store'));
  const artifacts = await fetchArtifacts(plan.packages, { store, contents, host, offers: offersOf(host) });
  const workFolder = await mkdtemp(join(folder, 'work-'));
  const tar = await bootstrapDebian(plan, { host, artifacts, workFolder, progress: silent });
  const file = join(workFolder, 'out.tar');
  const hash = createHash('sha256');
  tar.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(tar, createWriteStream(file));
  return { plan, file, hash: hash.digest('hex') };
}

describe('the bootstrap of a closure', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap'] }));

  it('installs exactly the planned packages, and gives the same tar twice, whoever makes the release', async () => {
    const lock = await resolve('hello');
    const ubuntu = { release: 'ubuntu 24.04', codename: 'noble' };
    const [first, second] = [await build(lock), await build(lock, new Map(), ubuntu)];
    expect(second.hash).toBe(first.hash);
    const root = join(folder, 'root');
    await mkdir(root);
    execFileSync('tar', ['-C', root, '-xpf', first.file]);
    await using machine = await directoryMachine(root);
    expect(await checkDebian(first.plan, machine)).toEqual([]);
    expect(readdirSync(join(root, 'run'))).toEqual(['lock']);
    expect(execFileSync('chroot', [root, 'hello']).toString()).toBe('Hello, world!\n');
    expect(execFileSync('chroot', [root, 'getent', 'ahostsv4', 'localhost']).toString()).toMatch(/^127\.0\.0\.1 /);
  });

  it('names the package whose script fails', async () => {
    const tree = join(folder, 'broken');
    await mkdir(join(tree, 'DEBIAN'), { recursive: true });
    const control = {
      Package: 'broken-tool',
      Version: '1',
      Architecture: 'all',
      Maintainer: 'x <x@example.org>',
      Description: 'x',
    };
    const text = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`);
    await writeFile(join(tree, 'DEBIAN/control'), text.join(''));
    await writeFile(join(tree, 'DEBIAN/postinst'), '#!/bin/sh\necho no luck >&2\nexit 3\n', { mode: 0o755 });
    const deb = join(folder, 'broken.deb');
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', tree, deb]);
    const repacked = createHash('sha256')
      .update(execFileSync('cat', [deb]))
      .digest('hex');
    const lock = await resolve('hello');
    const broken = {
      name: 'broken-tool',
      version: '1',
      architecture: 'all',
      used: true,
      control,
      sha256: repacked,
      repacked,
    };
    const packages = [...lock.packages, { ...broken, certainty: 'repacked' as const, locations: [] }];
    await expect(build({ ...lock, packages }, new Map([['broken-tool', deb]]))).rejects.toMatchObject({
      kind: 'step-failed',
      where: 'broken-tool',
      message: expect.stringContaining('broken-tool'),
    });
  });
});

describe('a hand-written manifest', () => {
  beforeEach(needs({ archive: true, programs: ['apt-get'] }));

  it('gets the older of two versions with what it needs at exactly that version', async () => {
    const [older] = await offeredVersions('jq');
    const lock = await resolve(`jq=${older}`);
    const versions = new Map(lock.packages.map(({ name, version }) => [name, version]));
    expect(versions.get('jq')).toBe(older);
    expect(versions.get('libjq1')).toBe(older);
    expect(lock.packages.every(({ sha256, locations }) => sha256 && locations.length > 0)).toBe(true);
  });

  it('is refused when nobody has a package or a version, naming it and what there is', async () => {
    await expect(resolve('no-such-package-at-all')).rejects.toMatchObject({ where: 'no-such-package-at-all' });
    const [offered] = await offeredVersions('jq');
    await expect(resolve('jq=99')).rejects.toMatchObject({
      where: 'jq',
      remedy: expect.stringContaining(offered ?? ''),
    });
  });
});

describe('a full disk', () => {
  beforeEach(needs({ root: true, programs: ['mount'] }));

  it('is named with its folder and what was needed, and keeps no half file', async () => {
    const small = join(folder, 'small');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      const store = await openStore(join(small, 'store'));
      const adding = store.add(Buffer.alloc(3 << 20), undefined, { size: 3 << 20 });
      await expect(adding).rejects.toMatchObject({
        kind: 'not-ready',
        message: expect.stringMatching(/store is full; 3145728 bytes/),
        remedy: expect.stringContaining('XDG_CACHE_HOME'),
      });
      expect(readdirSync(join(small, 'store/tmp'))).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});
