import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { must } from './run.js';
import { type Sshd, startSshd } from './sshd.js';

/** A system of its own behind a real sshd, as a machine that people work on. */
export interface LivedIn extends AsyncDisposable {
  readonly path: string;
  readonly sshd: Sshd;
  inside(argv: readonly string[]): Promise<string>;
}

/**
 * Makes it of a copy of a tree, with the programs that make mounts. Every connection is in a mount
 * namespace of its own, where that system is the root of all.
 */
export async function livedIn(tree: string): Promise<LivedIn> {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-lived-in-'));
  const path = join(folder, 'root');
  await must(['cp', '-a', '--', tree, path]);
  await addPrograms(path);
  const through = join(folder, 'through');
  writeFileSync(
    through,
    `#!/bin/sh\nexec unshare --mount --propagation=private sh -euc '${enterScript}' sh '${path}'\n`,
  );
  await chmod(through, 0o755);
  const sshd = await startSshd({ through });
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
  return {
    ...{ path, sshd },
    inside: (argv) => must(['chroot', path, ...argv], { env }),
    async [Symbol.asyncDispose]() {
      await sshd[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Those of this machine, with their libraries where the system has none of these names. */
async function addPrograms(path: string): Promise<void> {
  const [mount, umount] = ['/usr/bin/mount', '/usr/bin/umount'];
  const libraries = (await must(['ldd', mount, umount])).match(/\/\S+(?= \()/g) ?? [];
  const folder = join(path, 'usr/local/bin');
  for (const library of new Set(libraries)) {
    const there = join(path, library);
    if (existsSync(there)) continue;
    mkdirSync(dirname(there), { recursive: true });
    await must(['cp', '--dereference', '--', library, there]);
  }
  mkdirSync(folder, { recursive: true });
  await must(['cp', '--', mount, umount, folder]);
}

/** $1 the system. Not as a chroot, for that has no mounts of its own to change. */
const enterScript = `
mount --bind "$1" "$1"
mount --rbind /dev "$1/dev"
mount --rbind /sys "$1/sys"
mount -t proc proc "$1/proc"
cd "$1"
pivot_root . .
umount --lazy .
cd /root
exec sh -c "$SSH_ORIGINAL_COMMAND"
`;
