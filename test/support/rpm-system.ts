import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RpmSource } from './rpm.js';
import { must } from './run.js';

/** Has dnf install packages of a folder into a root, as those of the system there; the folder is a repository then. */
export async function installWithDnf(root: string, folder: string, packages: readonly string[]): Promise<void> {
  await must(['createrepo_c', '--quiet', folder]);
  const settings = join(root, 'etc/yum.repos.d');
  mkdirSync(settings, { recursive: true, mode: 0o755 });
  writeFileSync(join(settings, 'example.repo'), `[example]\nbaseurl=file://${folder}\n`);
  const home = await mkdtemp(join(tmpdir(), 'reproman-dnf-'));
  writeFileSync(join(home, '.rpmmacros'), '%_dbpath /var/lib/rpm\n%_db_backend sqlite\n');
  const options = ['--quiet', '--assumeyes', '--nogpgcheck', '--releasever=40', `--installroot=${root}`];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  await must(['dnf', ...options, `--setopt=reposdir=${settings}`, 'install', ...packages], { env });
  await rm(home, { recursive: true });
}

/** A small whole system of real packages: folders, accounts, a release, programs of BusyBox, and some to trace. */
export function systemSources(): RpmSource[] {
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  const folders = [
    '/usr',
    '/usr/bin',
    '/usr/sbin',
    '/usr/lib',
    '/usr/lib64',
    '/usr/share',
    '/var',
    '/var/lib',
    '/var/log',
  ];
  const others = ['/dev', '/etc', '/home', '/opt', '/proc', '/root', '/run', '/srv', '/sys', '/tmp', '/var/tmp'];
  return [
    {
      name: 'filesystem',
      version: '3.18-8',
      architecture: 'x86_64',
      files: {
        ...Object.fromEntries([...folders, ...others].map((path) => [path, '/'])),
        ...{ '/bin': '-> usr/bin', '/sbin': '-> usr/sbin', '/lib': '-> usr/lib', '/lib64': '-> usr/lib64' },
      },
      attributes: {
        '/tmp': '%attr(1777,root,root)',
        '/var/tmp': '%attr(1777,root,root)',
        '/root': '%attr(0700,root,root)',
      },
      preamble: ['Requires(pre): setup'],
    },
    {
      name: 'setup',
      version: '2.14-1',
      files: {
        '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
        '/etc/group': 'root:x:0:\nnobody:x:65534:\n',
        '/etc/profile': 'umask 022\n',
      },
      attributes: {
        '/etc/passwd': '%verify(not md5 size mtime) %config(noreplace)',
        '/etc/group': '%verify(not md5 size mtime) %config(noreplace)',
        '/etc/profile': '%config(noreplace)',
      },
    },
    {
      name: 'example-release',
      version: '40-1',
      files: {
        '/usr/lib/os-release': 'NAME="Example Linux"\nID=example\nVERSION_ID=40\n',
        '/etc/os-release': '-> ../usr/lib/os-release',
      },
      preamble: ['Requires: filesystem'],
    },
    {
      name: 'busybox',
      version: '1:1.35.0-4',
      architecture: 'x86_64',
      copies: { '/usr/bin/busybox': busybox },
      files: Object.fromEntries(
        applets.filter((name) => name !== 'busybox').map((name) => [`/usr/bin/${name}`, '-> busybox']),
      ),
      preamble: ['Requires(pre): filesystem', 'Provides: /bin/sh'],
    },
    {
      name: 'greeter',
      version: '2:1.0~rc1-3',
      files: {
        '/usr/bin/greet':
          '#!/bin/sh\n. /etc/greeter.conf\necho "$GREETING, $(cat /usr/share/greeter/name), $(cat /var/lib/greeter/made)"\n',
        '/etc/greeter.conf': 'GREETING=hello\n',
        '/usr/share/doc/greeter/README': 'greets\n',
        '/var/lib/greeter': '/',
      },
      attributes: { '/etc/greeter.conf': '%config(noreplace)', '/usr/share/doc/greeter/README': '%doc' },
      ghosts: ['%ghost /var/lib/greeter/made'],
      preamble: ['Requires: busybox', 'Requires: (greeter-data >= 1 with greeter-data < 3)'],
      scripts:
        '%pre\ngrep -q ^greeter: /etc/passwd || echo greeter:x:321:321::/:/bin/false >>/etc/passwd\n%post\necho made >/var/lib/greeter/made',
    },
    { name: 'greeter-data', version: '2-1', files: { '/usr/share/greeter/name': 'world\n' } },
    { name: 'spare', version: '1-1', files: { '/usr/share/spare': 'not needed\n' } },
  ];
}
