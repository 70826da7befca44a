import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { killQuietly } from '../../exec.js';
import { type FilePath, pathToBytes, rootPath } from '../../model/file-path.js';
import type { HostFile } from '../../model/host-file.js';
import type { Process } from '../machine.js';
import { untilReady } from '../until-said.js';
import type { Entrance } from './entrance.js';
import { hostNamesScript, isFolderScript } from './host-names.js';
import { type IdMapping, mappingFlags } from './id-mapping.js';
import { inMounts, type RootfsImage, remedyOfMounter, sharedOverlay } from './image.js';

export interface HolderOptions {
  /** With the folder that the writes of a throwaway copy go to. */
  readonly entrance: Entrance;
  readonly mapping: IdMapping;
  /** What the tree is made of by mounting it. */
  readonly image?: RootfsImage | undefined;
  readonly label: string;
  readonly network: boolean;
  /** Leave what programs see beside files as the host has it: its processes, its name, its messages. */
  readonly shared: boolean;
  /** Their targets are free of links in the tree. */
  readonly hostFiles: readonly HostFile[];
}

/**
 * The first process of a machine's namespaces. It makes the mounts, then only waits: every program of the machine
 * enters through it, and all of them end with it where they are not the host's. It ends when we do, however we end,
 * for its input ends then.
 */
export interface Holder extends AsyncDisposable {
  /** On the host. */
  readonly pid: number;
  /** Whether it has a network of its own, without a way out. */
  readonly ownNetwork: boolean;
  /** Whether processes, name and messages are its own. */
  readonly ownProcesses: boolean;
  /** The tree without what is mounted on it, as the holder's root has it: a folder, or a copy's overlay. */
  readonly atRest: string;
}

export async function startHolder(options: HolderOptions): Promise<Holder> {
  const { entrance, mapping, image, network, shared, hostFiles } = options;
  const { tree, copy } = entrance;
  const own = [...(shared ? [] : ['--pid', '--uts', '--ipc']), ...(network ? [] : ['--net'])];
  const namespaces = ['--mount', '--propagation=private', ...own];
  const kind = mapping.kind === 'identity' ? 'root' : 'user';
  const overlay = image ? sharedOverlay(image, entrance) : '';
  const hold = [
    ...[...namespaces, '--fork', '--kill-child', '--'],
    ...['sh', '-c', holderScript, 'sh', tree, copy ?? '', network ? 'network' : '', kind, overlay],
    ...hostFiles.flatMap(({ source, target }) => [textOf(source), textOf(target.slice(1) as FilePath)]),
  ];
  const unshare = entrance.tool('unshare');
  const argv = image
    ? inMounts([unshare, ...hold], { image, mapping, entrance })
    : [unshare, ...mappingFlags(mapping), ...hold];
  const child = await entrance.shell.spawn(argv, { cwd: rootPath });
  const pid = await readyPid(child, options);
  return {
    pid,
    ownNetwork: !network,
    ownProcesses: !shared,
    atRest: copy === undefined ? tree : `${copy}/root`,
    async [Symbol.asyncDispose]() {
      child.ref?.();
      child.stdin?.destroy();
      if (child.pid !== undefined) killQuietly(pid, 'SIGKILL');
      // With the connection to its host it is lost itself.
      await child.exited.catch(() => undefined);
    },
  };
}

function textOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}

async function readyPid(child: Process, { label, entrance, image }: HolderOptions): Promise<number> {
  const said = await untilReady(child, /^ready (\d+)\n/);
  if (!said.found) {
    const { complaint } = said;
    throw new ReproError('not-ready', `The tree of ${label} cannot be entered: ${complaint}.`, {
      where: entrance.tree,
      remedy: (image && remedyOfMounter(complaint, image)) ?? remedyOf(complaint),
    });
  }
  letGo(child);
  return Number(said.found[1]);
}

function remedyOf(complaint: string): string {
  if (/^new[ug]idmap: .* not allowed/m.test(complaint))
    return 'The range of subordinate ids that it was made with must be yours: see /etc/subuid and /etc/subgid, and usermod(8).';
  return 'It takes a kernel and a container, if this is one, that allow namespaces and mounts.';
}

/** A holder must not keep us from ending; its input closes with us. */
export function letGo(child: Process): void {
  for (const stream of [child.stdin, child.stdout, child.stderr] as (Readable | undefined)[]) {
    stream?.on('error', () => undefined);
    (stream as { unref?: () => void } | undefined)?.unref?.();
  }
  child.unref?.();
}

/**
 * $1 the tree, $2 the copy's folder or nothing, $3 `network` or nothing, $4 `root` or `user`, $5 the program that mounts
 * overlays where the kernel is not to, then pairs of what is shown of the host and where, which is read-only with the
 * options that its own mount has, for those are locked. Ends with the tree on top of `/`, but our own root still the
 * host's below it: so the host's tools can prepare each program, and a program in the tree is not in a chroot for the
 * kernel, which would keep it from making user namespaces.
 */
const holderScript = `
set -eu
umask 022
tree=$1 copy=$2 network=$3 kind=$4 overlay=$5
shift 5
show_host() {
  while [ $# -gt 0 ]; do
    if [ ! -e "$2" ]; then
      case $2 in */*) mkdir -p "\${2%/*}" ;; esac
      if [ -d "$1" ]; then mkdir "$2"; else : > "$2"; fi
    fi
    mount --rbind "$1" "$2"
    if [ -f "$1" ] || [ -d "$1" ]; then
      mount -o "remount,bind,$(findmnt --noheadings --output VFS-OPTIONS --target "$1"),ro" "$2"
    fi
    shift 2
  done
}
read -r pid rest < /proc/self/stat
if [ -n "$copy" ]; then
  mkdir -p "$copy/lower" "$copy/upper" "$copy/work" "$copy/root"
  mount --bind "$tree" "$copy/lower"
  chmod --reference="$copy/lower" "$copy/upper"
  chown --reference="$copy/lower" "$copy/upper"
  touch --reference="$copy/lower" "$copy/upper"
  cd "$copy"
  options=lowerdir=lower,upperdir=upper,workdir=work
  if [ -n "$overlay" ]; then
    "$overlay" -o "allow_other,$options" root
  else
    if [ "$kind" = user ]; then options=$options,userxattr; fi
    mount -t overlay overlay -o "$options" root
  fi
  # At rest, too: the tracer reads there what programs are.
  cd root
  show_host "$@"
  cd ..
  mkdir live
  mount --bind root live
  cd live
else
  mount --bind "$tree" "$tree"
  cd "$tree"
fi
${isFolderScript}
if is_folder proc; then
  mount -t proc -o nosuid,nodev,noexec proc proc 2>/dev/null || mount --rbind /proc proc
fi
if is_folder sys; then
  flags=nosuid,nodev,noexec
  if [ -n "$network" ] || ! mount -t sysfs -o "ro,$flags" sysfs sys 2>/dev/null; then
    mount --rbind /sys sys
    mount -o "remount,bind,ro,$flags" sys 2>/dev/null || :
  fi
fi
if is_folder dev; then
  mount -t tmpfs -o nosuid,mode=0755 dev dev
  for node in null zero full random urandom tty; do
    : > "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
  done
  mkdir dev/pts dev/shm
  options=newinstance,nosuid,noexec,ptmxmode=0666,mode=0620
  # The group of terminals is nobody's where there is one user alone.
  mount -t devpts -o "$options,gid=5" devpts dev/pts 2>/dev/null || mount -t devpts -o "$options" devpts dev/pts
  mount -t tmpfs -o nosuid,nodev,mode=1777 shm dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s fd/0 dev/stdin
  ln -s fd/1 dev/stdout
  ln -s fd/2 dev/stderr
fi
if is_folder run; then
  mount -t tmpfs -o nosuid,nodev,mode=0755 run run
  mkdir -m 1777 run/lock
  mkdir -m 0755 run/reproman
fi
run=run
show_copy() { mount --bind "run/reproman/$1" "etc/$1"; }
${hostNamesScript}
if [ -z "$network" ]; then
  ip link set lo up 2>/dev/null ||
    perl -e 'socket(S,2,2,0) && ioctl(S,0x8914,pack("a16s","lo",0x49)) or exit 1' 2>/dev/null || :
fi
show_host "$@"
mount --no-mtab --move . /
trap '' CHLD
echo "ready $pid"
exec cat >/dev/null 2>&1
`;
