import { join } from 'node:path';
import { z } from 'zod';
import { ReproError } from '../errors.js';
import { type IdMapping, mappingFlags } from './id-mapping.js';
import { userFlags } from './rootfs-enter.js';
import type { Entrance } from './rootfs-entrance.js';

/** What lays the folder of what is written over the file: never one over what the other wrote. */
export const overlaySchema = z.enum(['kernel', 'fuse-overlayfs']);

export type Overlay = z.infer<typeof overlaySchema>;

/** A tree as one file in a folder: `environment.squashfs`, with what was written since in `changes`, shown at `tree`. */
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
 * of a machine share its mounts, for two overlays must not write to one folder. A mounter keeps them, which the first
 * starts and which ends when the last is gone, however it went: locks of the kernel say so.
 */
export function inMounts(argv: readonly string[], { image, mapping, entrance }: Mounting): string[] {
  const flock = entrance.aid('flock');
  if (flock === undefined) {
    throw new ReproError('not-ready', 'the program flock is missing, which a tree in one file needs', {
      where: 'flock',
      remedy: 'sudo apt-get install util-linux',
    });
  }
  const squashfuse = entrance.aid('squashfuse_ll') ?? entrance.aid('squashfuse') ?? '';
  const kind = mapping.kind === 'identity' ? 'root' : 'user';
  return [
    ...['sh', '-c', joinScript, 'sh', mounterScript, image.folder, kind],
    ...[flock, squashfuse, sharedOverlay(image, entrance)],
    ...[entrance.tool('unshare'), mappingFlags(mapping).join(' ')],
    ...[entrance.tool('nsenter'), userFlags(mapping).join(' ')],
    ...argv,
  ];
}

/**
 * $1 the mounter's script, $2 the folder, $3 `root` or `user`, $4 to $6 programs, $7 `unshare` and $8 its words for the
 * mapping, $9 `nsenter` and ${10} its, then the command. Descriptor 9 is locked as long as somebody is in the tree, 8
 * while a mounter is started, and 7 while it lives. Machines that share a disk have mounts each, and a place for their
 * locks. The servers of file systems end with the mounter, which is the first process of their namespace.
 */
const joinScript = `
set -eu
umask 077
script=$1 folder=$2 kind=$3 flock=$4 squashfuse=$5 overlay=$6 unshare=$7 mapping=$8 nsenter=$9 user=\${10}
shift 10
place=mounted/$(uname -n | tr -c 'A-Za-z0-9.\\n' _)-$(readlink /proc/self/ns/pid | tr -cd 0-9)
state=$folder/$place
mkdir -p -- "$state"
exec 9<>"$state/users"
"$flock" --shared 9
exec 8<>"$state/starting"
"$flock" 8
exec 7<>"$state/mounter"
if "$flock" --nonblock 7; then
  : > "$state/mounter"
  "$unshare" $mapping --mount --propagation=private --pid --fork -- \\
    sh -c "$script" sh "$folder" "$place" "$kind" "$flock" "$squashfuse" "$overlay" \\
    </dev/null >"$state/said" 2>&1 8<&- 9<&- &
  exec 7<&-
  until [ -s "$state/mounter" ]; do
    # It has its lock as long as it lives.
    if "$flock" --nonblock "$state/mounter" true; then
      cat "$state/said" >&2
      exit 1
    fi
    sleep 0.02
  done
fi
exec 7<&- 8<&-
read -r pid < "$state/mounter"
exec "$nsenter" --target "$pid" $user --mount -- "$@"
`;

/** $1 the folder, $2 the place for locks in it, $3 `root` or `user`, $4 to $6 programs. A kernel that mounts the file itself does so for root alone. */
const mounterScript = `
set -eu
umask 022
cd -- "$1"
place=$2 kind=$3 flock=$4 squashfuse=$5 overlay=$6
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
