import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Sample } from '../../../support/tracing/comparison.js';
import { shell, tool, tree, write } from './make.js';

/** Other roots, other users, other namespaces. */
export const rights: readonly Sample[] = [
  shell('chroot', 'chroot root /busybox sh -c "cd /etc; cat greeting /absent; echo x > made"', {
    as: 'root',
    prepare(folder) {
      write(folder, { 'root/etc/greeting': 'hello\n' });
      tool(folder, 'cp', '/bin/busybox', 'root/busybox');
    },
    programs: ['busybox', 'chroot'],
    isDeterministic: true,
  }),
  shell(
    'unshare',
    `unshare --user --map-root-user --mount --pid --fork sh -c 'mount --bind tree/a tree/b && cat tree/b/one.txt'`,
    {
      as: 'root',
      prepare: tree,
      programs: ['unshare'],
      hasOwnMounts: true,
    },
  ),
  {
    name: 'bwrap',
    argv: [
      'bwrap',
      '--ro-bind',
      '/usr',
      '/usr',
      '--symlink',
      'usr/lib',
      '/lib',
      '--symlink',
      'usr/lib64',
      '/lib64',
      '--symlink',
      'usr/bin',
      '/bin',
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--tmpfs',
      '/tmp',
      '--unshare-pid',
      'sh',
      '-c',
      'echo x > /tmp/y; cat /tmp/y',
    ],
    as: 'root',
    programs: ['bwrap'],
    hasOwnMounts: true,
  },
  shell('user namespace', 'chmod 0 tree/run.sh; unshare --user sh -c "cat tree/run.sh; test -r tree/run.sh; ls tree"', {
    as: 'root',
    prepare: tree,
    programs: ['unshare'],
    isDeterministic: true,
  }),
  // There is no driver of that number, and no terminal.
  shell('devices', 'mknod none c 511 0; cat none; setsid -w cat /dev/tty; cat /dev/null; cat < /dev/zero | head -c 1', {
    as: 'root',
    programs: ['mknod', 'setsid'],
    isDeterministic: true,
  }),
  shell('setuid as root', 'su -s /bin/sh nobody -c id; passwd -S root', { as: 'root', programs: ['su', 'passwd'] }),
  shell('setuid as an ordinary user', 'passwd -S; chage -l "$(id -un)"; cat /etc/shadow; true', {
    as: 'ordinary',
    programs: ['chage', 'passwd'],
  }),
  shell(
    'sshd login',
    './server & for i in 1 2 3 4 5 6 7 8 9; do sleep 0.3; ./client && break; done; kill "$(cat pid)"; wait',
    {
      as: 'root',
      prepare: sshd,
      programs: ['sshd', 'ssh'],
    },
  ),
];

/** A server with keys of its own on a free loopback port, and a client that knows them. */
async function sshd(folder: string): Promise<void> {
  const port = await freePort();
  const place = folder.replace(/\.template$/, '');
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  for (const key of ['host', 'user']) tool(folder, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
  tool(folder, 'cp', 'user.pub', 'authorized');
  const options = `-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR`;
  write(folder, {
    config: `Port ${port}
ListenAddress 127.0.0.1
HostKey ${place}/host
AuthorizedKeysFile ${place}/authorized
PidFile ${place}/pid
StrictModes no
UsePAM no
PermitRootLogin yes
`,
    server: `#!/bin/sh\nexec /usr/sbin/sshd -D -f config -E log\n`,
    client: `#!/bin/sh\nexec ssh -F none ${options} -i user -p ${port} 127.0.0.1 'cat /etc/hostname'\n`,
  });
  tool(folder, 'chmod', '755', 'server', 'client');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
