import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceLine } from './archive.js';
import { keptToday, mmdebstrap } from './roots.js';
import { must } from './run.js';

/** A machine that has Apptainer, as this one's release may have none: a newer Debian, entered for each command. */
export interface ApptainerMachine extends AsyncDisposable {
  /** The argument list that runs what follows there, in the same folder, with the same temporary files. */
  readonly enter: readonly string[];
}

const packages = ['apptainer', 'squashfuse', 'mount', 'mmdebstrap', 'tzdata', 'libstdc++6', 'libatomic1'];

/** Unpacks it (we must be root); disposing removes it. */
export async function apptainerMachine(): Promise<ApptainerMachine> {
  const source = await sourceLine('sid');
  const how = ['--variant=apt', `--include=${packages.join(',')}`, 'sid'];
  const tar = await keptToday('apptainer', [how, source], (file) => must([...mmdebstrap, ...how, file, source]));
  const root = await mkdtemp(join(tmpdir(), 'reproman-apptainer-'));
  await must(['tar', '-C', root, '--numeric-owner', '-xpf', tar]);
  await must(['chmod', '0755', root]);
  const project = fileURLToPath(new URL('../..', import.meta.url));
  const accounts = ['passwd', 'group', 'subuid', 'subgid', 'hosts', 'resolv.conf'].map((name) => `/etc/${name}`);
  const shown = [tmpdir(), project, process.execPath, ...accounts];
  const namespace = ['unshare', '--mount', '--propagation=private'];
  return {
    enter: [...namespace, 'sh', '-euc', enterScript, 'sh', root, ...shown, '--'],
    async [Symbol.asyncDispose]() {
      await must(['rm', '-rf', '--one-file-system', root]);
    },
  };
}

/**
 * $1 the root, then what is shown of this machine in it, `--` and the command. As on a machine of its own, and not in a
 * chroot, from where the kernel makes no user namespaces; and with a /dev/fuse as udev makes it, that users may open.
 */
const enterScript = `
here=$PWD
root=$1
shift
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs fuse "$root/mnt"
mknod -m 0666 "$root/mnt/fuse" c 10 229
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root\${1%/*}"; : >> "$root$1"; fi
  mount --bind "$1" "$root$1"
  shift
done
shift
mount --bind "$root/mnt/fuse" "$root/dev/fuse"
cd "$root"
pivot_root . .
umount --lazy .
cd "$here"
exec "$@"
`;
