import { join } from 'node:path';
import { z } from 'zod';
import { ReproError } from '../../errors.js';
import type { Machine } from '../machine.js';
import { quoted } from '../ssh/command.js';
import { userFlags } from './enter.js';
import type { Entrance } from './entrance.js';
import { type IdMapping, mappingFlags } from './id-mapping.js';

/** What lays the folder of what is written over the file: never one over what the other wrote. */
export const overlaySchema = z.enum(['kernel', 'fuse-overlayfs']);

export type Overlay = z.infer<typeof overlaySchema>;

/** A tree as one file, `environment.squashfs`, in a folder with what was written since in `changes`; shown at `tree`. */
export interface RootfsImage {
  readonly folder: string;
  readonly overlay: Overlay;
}

export interface Mounting {
  readonly image: RootfsImage;
  readonly mapping: IdMapping;
  readonly entrance: Entrance;
}

/** Where the file of such a folder is. */
export function imageFile(folder: string): string {
  return join(folder, 'environment.squashfs');
}

/** The program that mounts overlays for an image; empty where the kernel does. */
export function sharedOverlay({ overlay }: RootfsImage, entrance: Entrance): string {
  if (overlay === 'kernel') return '';
  const program = entrance.aid('fuse-overlayfs');
  if (program !== undefined) return program;
  throw new ReproError('not-ready', 'what was written over the tree can only be shown by fuse-overlayfs', {
    where: 'fuse-overlayfs',
    remedy: 'sudo apt-get install fuse-overlayfs, or put it on PATH',
  });
}

/**
 * A command that runs another as root of the mapping, in a mount namespace that shows the tree. All that are in one tree
 * share its mounts, for two overlays must not write to one folder. A mounter keeps them, which the first starts and
 * which ends when the last is gone, however it went: locks of the kernel say so. Another machine that shares the disk is
 * refused as long.
 */
export function inMounts(argv: readonly string[], { image, mapping, entrance }: Mounting): string[] {
  const flock = entrance.aid('flock');
  if (flock === undefined) {
    throw new ReproError('not-ready', 'the program flock is missing, which a tree in one file needs', {
      where: 'flock',
      remedy: 'sudo apt-get install util-linux',
    });
  }
  const variables = {
    ...{ mounter: mounterScript, folder: image.folder, kind: mapping.kind === 'identity' ? 'root' : 'user' },
    ...{ flock, unshare: entrance.tool('unshare'), nsenter: entrance.tool('nsenter') },
    squashfuse: entrance.aid('squashfuse_ll') ?? entrance.aid('squashfuse') ?? '',
    overlay: sharedOverlay(image, entrance),
    // Both without spaces in their words.
    ...{ mapping: mappingFlags(mapping).join(' '), user: userFlags(mapping).join(' ') },
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [entrance.tool('env'), ...assignments, 'sh', '-c', joinScript, 'sh', ...argv];
}

/** An error where another machine that shares the disk is in a tree: what it has mounted must stay where it is. */
export async function refuseMountedElsewhere(folder: string, host: Machine): Promise<void> {
  const result = await host.shell?.run(['sh', '-c', elsewhereScript, 'sh', folder]);
  const complaint = result?.stdout.toString('utf8').trim() ?? '';
  if (complaint === '') return;
  const remedy = remedyOfMounter(complaint, { folder });
  throw new ReproError('usage', `the tree cannot be changed here: ${complaint}`, {
    where: folder,
    ...(remedy !== undefined && { remedy }),
  });
}

/** What to do about a complaint of the mounter; undefined where it is none of its. */
export function remedyOfMounter(complaint: string, { folder }: Pick<RootfsImage, 'folder'>): string | undefined {
  if (/^it is in use on /m.test(complaint))
    return (
      'Leave it there first. Where nobody is in it any more, for that machine or container is gone: ' +
      `rm ${quoted(join(folder, 'mounted/by'))}`
    );
  if (/fuse/.test(complaint))
    return 'A tree in one file takes /dev/fuse, for all to read and write, and: sudo apt-get install squashfuse fuse-overlayfs';
  return undefined;
}

/** What a machine or container is called among those that share a disk: its name, and its namespace of pids. */
const ownPlace = `$(uname -n | tr -c 'A-Za-z0-9.\\n-' _)-$(readlink /proc/self/ns/pid | tr -cd 0-9)`;

/** $1 the folder. As who enters does, it waits a while, for the tree may just be left. */
const elsewhereScript = `
for try in $(seq 50); do
  by=$(readlink -- "$1/mounted/by") || exit 0
  case $by in "${ownPlace} since "*) exit 0 ;; esac
  sleep 0.1
done
name=\${by%% since *}
echo "it is in use on \${name%-*} since \${by##* since }"
`;

/**
 * With the variables of `inMounts` and a command. Machines and containers that share a disk have a place each for their
 * locks. Descriptor 9 is locked as long as somebody is in the tree, 8 while somebody waits for the mounts, 7 as long as
 * the mounter or what it started lives. `mounter` names one that can be joined: who has lock 9 knows that it stays, and
 * where there is none, one may be starting still, whose starter was killed, or ending: it is seen by and by.
 */
const joinScript = `
set -eu
umask 077
export place="mounted/${ownPlace}"
state=$folder/$place
mkdir -p -- "$state"
exec 9<>"$state/users"
"$flock" --shared 9
exec 8<>"$state/starting"
"$flock" 8
started=
while :; do
  exec 7<>"$state/mounter"
  if "$flock" --nonblock 7; then
    if [ -n "$started" ]; then
      cat "$state/said" >&2
      exit 1
    fi
    started=yes
    : > "$state/mounter"
    "$unshare" $mapping --mount --propagation=private --pid --fork -- \\
      sh -c "$mounter" </dev/null >"$state/said" 2>&1 8<&- 9<&- &
  fi
  exec 7<&-
  pid=
  read -r pid < "$state/mounter" || :
  # One that was killed left its number.
  if [ -n "$pid" ] && [ -e "/proc/$pid/ns/mnt" ]; then break; fi
  sleep 0.02
done
exec 8<&-
exec "$nsenter" --target "$pid" $user --mount -- "$@"
`;

/**
 * With the variables of `inMounts`, and `place`. `mounted/by` is made by whoever comes first of all that share the disk:
 * a link, for making one either succeeds or fails on every file system, and has its content at once. The servers of file
 * systems end with the mounter, which is the first process of their namespace. A kernel that mounts the file itself does
 * so for root alone.
 */
const mounterScript = `
set -eu
umask 022
cd -- "$folder"
take() { ln -s -T "\${place#*/} since $(date -u '+%Y-%m-%d %H:%M:%S UTC')" mounted/by; }
tries=50
until take 2>/dev/null; do
  by=$(readlink mounted/by) || by=
  # As long as we have lock 7 there is no other here.
  case $by in "\${place#*/} since "*) rm -f mounted/by ;; esac
  tries=$((tries - 1))
  if [ $tries -gt 0 ]; then
    # It may just be left.
    sleep 0.1
  elif [ -n "$by" ]; then
    name=\${by%% since *}
    echo "it is in use on \${name%-*} since \${by##* since }" >&2
    exit 1
  else
    take
    break
  fi
done
# By lock 6 nobody joins meanwhile. The folder may just be removed: no name may come to be in it again.
leave() {
  umount tree 2>/dev/null || :
  umount lower 2>/dev/null || :
  : > /proc/self/fd/7
  rm -f mounted/by
}
trap leave EXIT
mkdir -p lower tree "$place/work"
if [ "$kind" != root ] || ! mount -t squashfs -o ro,loop environment.squashfs lower 2>/dev/null; then
  if [ -z "$squashfuse" ]; then
    echo 'the program squashfuse is missing' >&2
    exit 1
  fi
  "$squashfuse" -o allow_other environment.squashfs lower
fi
if [ ! -d changes ]; then
  mkdir -p changes.new
  chmod --reference=lower changes.new
  chown --reference=lower changes.new
  touch --reference=lower changes.new
  mv changes.new changes
fi
options=lowerdir=lower,upperdir=changes,workdir=$place/work
if [ -n "$overlay" ]; then
  "$overlay" -o "allow_other,$options" tree
else
  if [ "$kind" = user ]; then options=$options,userxattr; fi
  mount -t overlay overlay -o "$options" tree
fi
read -r pid rest < /proc/self/stat
echo "$pid" > "$place/mounter"
exec >/dev/null 2>&1
exec 6<>"$place/users"
"$flock" 6
`;
