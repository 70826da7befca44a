import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codename, sourceFiles } from './archive.js';
import { keptToday, mmdebstrap } from './roots.js';
import { must, run } from './run.js';

/** What a machine is started with. */
export interface Boot {
  readonly id: string;
  readonly address: string;
  readonly publicKey: string;
  readonly userData: string;
  /** The disk that its image was made of; default: that of an official image. */
  readonly from?: string | undefined;
}

/** A machine with a disk of its own, an address of its own on the loopback, and a real sshd behind that. */
export interface BootedInstance {
  /** What it wrote to its console when it started for the first time. */
  readonly console: string;
  /** Its disk. */
  readonly root: string;
  start(address: string): Promise<void>;
  stop(): Promise<void>;
  terminate(): Promise<void>;
}

/** Makes its disk (we must be root), as the first start of an official image does, and starts it. */
export async function bootInstance({ id, address, publicKey, userData, from }: Boot): Promise<BootedInstance> {
  const root = await mkdtemp(join(tmpdir(), 'reproman-instance-'));
  if (from === undefined) await must(['tar', '-C', root, '--numeric-owner', '-xpf', await disk()]);
  else await copyDisk(from, root);
  await must(['chmod', '0755', root]);
  await must([
    'chroot',
    root,
    'sh',
    '-c',
    'rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key',
  ]);
  const [first = '', ...rest] = userData.split('\n');
  const config = first === '#cloud-config' ? (JSON.parse(rest.join('\n')) as CloudConfig) : {};
  const isEngine = config.packages?.includes('docker.io') === true;
  if (config.disable_root === false) {
    mkdirSync(join(root, 'root/.ssh'), { mode: 0o700, recursive: true });
    writeFileSync(join(root, 'root/.ssh/authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
  }
  const hostKey = readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  const console = `-----BEGIN SSH HOST KEY KEYS-----\n${hostKey}-----END SSH HOST KEY KEYS-----\n`;
  let running: { readonly daemon: ChildProcess; readonly address: string } | undefined;
  const stop = async () => {
    if (!running) return;
    const { daemon, address: held } = running;
    running = undefined;
    // With it goes all that runs in its namespace.
    daemon.kill('SIGKILL');
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
    await must(['ip', 'address', 'del', `${held}/32`, 'dev', 'lo']);
  };
  const start = async (at: string) => {
    if (running) return;
    await must(['ip', 'address', 'add', `${at}/32`, 'dev', 'lo']);
    const daemon = spawn(
      'unshare',
      [...namespaces, 'sh', '-euc', enter, 'sh', root, id, at, isEngine ? 'engine' : ''],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    running = { daemon, address: at };
    await answers(daemon, at);
  };
  await start(address);
  return {
    ...{ console, root, start, stop },
    async terminate() {
      await stop();
      await must(['rm', '-rf', '--one-file-system', root]);
    },
  };
}

/** Copies a disk as it is now: what a machine mounts on it is seen by that alone. */
export async function copyDisk(from: string, to: string): Promise<void> {
  await must(['cp', '-a', '--', `${from}/.`, to]);
}

/** What of it matters here. */
interface CloudConfig {
  readonly disable_root?: boolean;
  readonly packages?: readonly string[];
}

const namespaces = ['--mount', '--pid', '--uts', '--fork', '--kill-child', '--propagation=private'];

/** $1 the root, $2 the host's name, $3 the address, $4 whether it has an engine, which is the one that is here: as on a machine of its own, and not in a chroot. */
const enter = `
mount --bind "$1" "$1"
mount --rbind /dev "$1/dev"
mount --rbind /sys "$1/sys"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=0755 run "$1/run"
mkdir "$1/run/sshd"
if [ -n "$4" ]; then
  : > "$1/run/docker.sock"
  mount --bind /run/docker.sock "$1/run/docker.sock"
fi
hostname "$2"
cd "$1"
pivot_root . mnt
umount --lazy /mnt
exec /usr/sbin/sshd -D -e -o "ListenAddress=$3:22" -o UsePAM=no -o PasswordAuthentication=no
`;

/** What an official image has, as far as it matters here. */
async function disk(): Promise<string> {
  const sources = await sourceFiles();
  const suite = await codename();
  const how = ['--variant=minbase', '--include=openssh-server', suite];
  const madeFrom = [how, sources.map((file) => readFileSync(file, 'utf8'))];
  return keptToday('instance', madeFrom, (tar) => must([...mmdebstrap, ...how, tar, ...sources]));
}

async function answers(daemon: ChildProcess, address: string): Promise<void> {
  let said = '';
  daemon.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  for (let attempt = 0; attempt < 100 && daemon.exitCode === null; attempt++) {
    if ((await run(['ssh-keyscan', '-T', '1', address])).stdout !== '') return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error(`the machine at ${address} does not answer: ${said}`);
}
