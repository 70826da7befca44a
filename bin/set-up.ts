import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A program of the system that we run, and the Debian package that has it. */
export interface SystemProgram {
  readonly program: string;
  readonly package: string;
  readonly purpose: string;
}

/** What tracing and the embedded backend need. */
export const productPrograms: readonly SystemProgram[] = [
  { program: 'strace', package: 'strace', purpose: 'traces commands' },
  { program: 'mmdebstrap', package: 'mmdebstrap', purpose: 'makes bare Debian systems' },
  { program: 'newuidmap', package: 'uidmap', purpose: 'enters environments as an ordinary user' },
  { program: 'unshare', package: 'util-linux', purpose: 'enters environments' },
  { program: 'zstd', package: 'zstd', purpose: 'reads packages and apt lists' },
  { program: 'lz4', package: 'lz4', purpose: 'reads apt lists' },
  { program: 'xz', package: 'xz-utils', purpose: 'reads packages and apt lists' },
];

/** What the tests need beside that. */
export const testPrograms: readonly SystemProgram[] = [
  { program: 'dockerd', package: 'docker.io', purpose: 'the engine of the docker backend' },
  { program: 'docker', package: 'docker.io', purpose: 'what else the engine says of what we made' },
  { program: 'iptables', package: 'iptables', purpose: 'the engine of the docker backend' },
  { program: 'docker-registry', package: 'docker-registry', purpose: 'gives images to an engine, and takes them' },
  { program: 'podman', package: 'podman', purpose: 'another engine of the docker backend' },
  { program: 'runc', package: 'runc', purpose: 'runs what podman makes' },
  { program: 'openssl', package: 'openssl', purpose: 'certificates of an engine' },
  { program: 'busybox', package: 'busybox-static', purpose: "tools that are not GNU's, and an image of nothing else" },
  { program: 'jq', package: 'jq', purpose: 'a command to trace' },
  { program: 'zsh', package: 'zsh', purpose: 'a shell that reads what activate prints' },
  { program: 'fish', package: 'fish', purpose: 'a shell that reads what activate prints' },
  { program: 'tcsh', package: 'tcsh', purpose: 'a shell that reads what activate prints' },
  { program: 'qemu-system-aarch64', package: 'qemu-system-arm', purpose: 'a machine of arm64 to trace on' },
  { program: 'aarch64-linux-gnu-gcc', package: 'gcc-aarch64-linux-gnu', purpose: 'compiles for it' },
  {
    program: '/usr/aarch64-linux-gnu/lib/libc.a',
    package: 'libc6-dev-arm64-cross',
    purpose: 'what it compiles against',
  },
  {
    program: '/usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64/linux',
    package: 'debian-installer-12-netboot-arm64',
    purpose: 'its kernel',
  },
  { program: 'gdb', package: 'gdb-minimal', purpose: 'a debugger inside a trace' },
  { program: 'gcc', package: 'gcc', purpose: 'a command to trace' },
  { program: '/usr/include/stdlib.h', package: 'libc6-dev', purpose: 'what gcc compiles against' },
  { program: '/usr/bin/python3', package: 'python3', purpose: 'a command to trace' },
  { program: 'git', package: 'git', purpose: 'a repository with a secret in its remote' },
  { program: 'git-annex', package: 'git-annex', purpose: 'repositories with contents beside them' },
  { program: 'svn', package: 'subversion', purpose: 'working copies' },
  { program: 'svnadmin', package: 'subversion', purpose: 'repositories of working copies' },
  { program: 'make', package: 'make', purpose: 'a command to trace' },
  { program: 'curl', package: 'curl', purpose: 'a command to trace' },
  { program: 'wget', package: 'wget', purpose: 'a command to trace' },
  { program: 'rsync', package: 'rsync', purpose: 'a command to trace' },
  { program: 'sqlite3', package: 'sqlite3', purpose: 'a command to trace' },
  { program: 'npm', package: 'npm', purpose: 'makes node_modules' },
  { program: 'bzip2', package: 'bzip2', purpose: 'reads old packages of conda' },
  { program: 'pod2man', package: 'perl', purpose: 'installs modules of Perl' },
  { program: 'R', package: 'r-base-core', purpose: 'a command to trace' },
  { program: 'java', package: 'default-jre-headless', purpose: 'a command to trace' },
  { program: '/usr/lib/python3/dist-packages/pip/__init__.py', package: 'python3-pip', purpose: 'a command to trace' },
  { program: 'bwrap', package: 'bubblewrap', purpose: 'a command to trace in namespaces' },
  { program: 'sshd', package: 'openssh-server', purpose: 'a login to trace' },
  { program: 'ssh', package: 'openssh-client', purpose: 'a login to trace' },
  { program: '/usr/share/lmod/lmod/init/bash', package: 'lmod', purpose: 'modules to load in a trace' },
  { program: 'rpmbuild', package: 'rpm', purpose: 'packages for roots of rpm systems' },
  { program: 'dnf', package: 'dnf', purpose: 'a root with the history of an installer' },
  { program: 'ncgen', package: 'netcdf-bin', purpose: 'writes outputs to compare' },
  { program: 'h5dump', package: 'hdf5-tools', purpose: 'reads outputs to compare' },
  { program: 'dpkg-source', package: 'dpkg-dev', purpose: 'a source package to build' },
  { program: 'gpg', package: 'gnupg', purpose: 'signs archives' },
  { program: 'ip', package: 'iproute2', purpose: 'a machine without a network' },
  { program: 'schroot', package: 'schroot', purpose: 'sessions of environments' },
  { program: 'vagrant', package: 'vagrant', purpose: 'makes virtual machines' },
  {
    program: '/var/lib/dpkg/info/vagrant-libvirt.list',
    package: 'vagrant-libvirt',
    purpose: 'makes them with libvirt',
  },
  { program: 'libvirtd', package: 'libvirt-daemon-system', purpose: 'runs virtual machines' },
  { program: 'virsh', package: 'libvirt-clients', purpose: 'says which virtual machines there are' },
  { program: 'dnsmasq', package: 'dnsmasq-base', purpose: 'gives virtual machines their addresses' },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', purpose: 'runs virtual machines' },
  { program: 'qemu-img', package: 'qemu-utils', purpose: 'makes their disks' },
  { program: 'mke2fs', package: 'e2fsprogs', purpose: 'makes their file systems' },
  { program: 'mksquashfs', package: 'squashfs-tools', purpose: 'makes one file of an environment' },
  { program: 'squashfuse', package: 'squashfuse', purpose: 'shows one file as the tree that it is' },
  { program: 'fuse-overlayfs', package: 'fuse-overlayfs', purpose: 'lets such a tree be written over' },
  { program: 'proot', package: 'proot', purpose: 'enters environments where users may make no namespaces' },
  { program: 'createrepo_c', package: 'createrepo-c', purpose: 'a repository of rpm packages' },
];

/** Thrown as text: what to install where we may not. */
export class NotInstalled extends Error {}

/**
 * Installs what is missing from the machine's own package sources, after saying so. Their lists are fetched where
 * something is installed, where there are none, and where `refresh` asks for it.
 */
export function setUp(programs: readonly SystemProgram[], { refresh = false } = {}): void {
  const missing = programs.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) {
    if (refresh || !hasPackageLists()) fetchPackageLists();
    return;
  }
  const packages = [...new Set(missing.map((entry) => entry.package))];
  for (const entry of missing) console.error(`missing: ${entry.program} (${entry.purpose})`);
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const prefix = privilege();
  if (prefix === undefined) {
    throw new NotInstalled(
      `These Debian packages are missing and this user may not install them: ${packages.join(' ')}. As root: apt-get update && ${command.join(' ')}`,
    );
  }
  console.error(`installing from this machine's own package sources: ${packages.join(' ')}`);
  fetchPackageLists();
  run([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command, '--quiet=2']);
}

/** Whether a program is on the path or where administrators' programs are. */
export function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return canAccess(program, constants.R_OK);
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin'];
  return folders.some((folder) => canAccess(join(folder, program), constants.X_OK));
}

/** What the archives offer is known from their lists alone; a bare container image comes without. */
function hasPackageLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => /_Packages(\.\w+)?$/.test(name));
  } catch {
    return false;
  }
}

function fetchPackageLists(): void {
  const prefix = privilege();
  if (prefix === undefined) return;
  console.error("fetching the lists of this machine's own package sources");
  run([...prefix, 'apt-get', 'update', '--quiet=2']);
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function privilege(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

function run(argv: readonly string[]): void {
  const [program = '', ...rest] = argv;
  const { status, error } = spawnSync(program, rest, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new NotInstalled(`${argv.join(' ')} failed${error ? `: ${error.message}` : ` with code ${status}`}.`);
}
