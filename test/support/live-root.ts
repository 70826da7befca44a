import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sharedCache } from './roots.js';
import { must } from './run.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What only this run sees: the kernel's folders, and at /mnt our program and what it writes. */
const enter = `set -e
root=$1
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/program" "$root/mnt/output" "$root/mnt/cache" "$root/mnt/data"
touch "$root/mnt/node"
mount --bind "$2" "$root/mnt/program"
mount --bind "$3" "$root/mnt/node"
mount --bind "$4" "$root/mnt/output"
mount --bind "$5" "$root/mnt/cache"
shift 5
exec chroot "$root" "$@"
`;

/**
 * Runs the built command line with a root as its `/`, as on a machine of its own: nothing tells it that there is
 * another one. What it writes to `/mnt/output` is in the folder.
 */
export async function runLive(root: string, output: string, cwd: string, args: readonly string[]): Promise<string> {
  mkdirSync(sharedCache, { recursive: true });
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--propagation', 'private'];
  const program = ['env', '--unset=PWD', `--chdir=${cwd}`, '/mnt/node', '/mnt/program/bin/run.js', ...args];
  const seen = [root, project, process.execPath, output, sharedCache];
  return must([...namespaces, 'sh', '-c', enter, 'sh', ...seen, ...program], {
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      XDG_DATA_HOME: '/mnt/data',
      XDG_CACHE_HOME: '/mnt/cache',
    },
  });
}
