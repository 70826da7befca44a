import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { must, run } from './run.js';

/** Vagrant with libvirt below it. */
export interface VagrantHost extends AsyncDisposable {
  /** A machine small enough for an emulated processor: parameters of the backend. */
  readonly parameters: readonly string[];
  /** What libvirt has of anybody, and Vagrant of whoever has this home: machines, volumes, boxes. */
  remains(env: Readonly<Record<string, string>>): Promise<string[]>;
}

/** The programs that it takes. */
export const vagrantPrograms = [
  'vagrant',
  'libvirtd',
  'virtlogd',
  'virsh',
  'qemu-system-x86_64',
  'qemu-img',
  'dnsmasq',
];

const address = 'qemu:///system';
const virsh = ['virsh', '--quiet', '--connect', address];

/** Starts libvirt's daemons where none answers; disposing ends those, and no other. */
export async function vagrantHost(): Promise<VagrantHost> {
  const daemons: ChildProcess[] = [];
  if (!(await answers())) {
    daemons.push(spawn('virtlogd', { stdio: 'ignore' }));
    daemons.push(spawn('unshare', ['--mount', 'sh', '-c', withOpenKvm, 'libvirtd'], { stdio: 'ignore' }));
    for (let patience = 100; !(await answers()); patience--) {
      if (patience === 0) throw new Error('libvirt does not answer');
      await delay(200);
    }
  }
  return {
    // Where KVM is, it may be forbidden or not work; boxes are not asked for in public places.
    parameters: ['build=true', 'driver=qemu', 'memory=512', 'disk=4'],
    async remains(env) {
      const lines = async (argv: readonly string[]) =>
        (await must(argv, { env })).split('\n').filter((line) => /\S/.test(line));
      const boxes = await lines(['vagrant', 'box', 'list', '--machine-readable']);
      const pool = await run([...virsh, 'pool-list', '--name']);
      return [
        ...(await lines([...virsh, 'list', '--all', '--name'])),
        ...(pool.stdout.includes('default') ? await lines([...virsh, 'vol-list', 'default']) : []),
        // Each line begins with the time at which it was said.
        ...boxes.flatMap((line) => /,box-name,(.*)$/.exec(line)?.[1] ?? []),
      ];
    },
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons.toReversed()) {
        daemon.kill();
        if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
      }
    },
  };
}

/**
 * Runs $0 where everybody may use /dev/kvm. Where root may and QEMU's user may not, as without udev, libvirt forgets what
 * QEMU can do as soon as it has found out, and asks again at every call: two minutes more for a machine that starts.
 */
const withOpenKvm = `
if [ -c /dev/kvm ]; then
  mount -t tmpfs devices /mnt && mknod -m 0666 /mnt/kvm c 10 232 && mount --bind /mnt/kvm /dev/kvm && umount -l /mnt
fi
exec "$0"
`;

async function answers(): Promise<boolean> {
  return (await run([...virsh, 'list'])).code === 0;
}
