import { ownEnvironment } from '../../src/exec.js';
import type { Machine } from '../../src/machines/machine.js';
import { runOn } from '../run-on.js';

/**
 * Removes the volumes of which the names begin so, which Vagrant leaves in libvirt's pool for the next time. A courtesy:
 * where there is no virsh, or no such pool, they stay.
 */
export async function removeVolumes(here: Machine, beginning: string): Promise<void> {
  const listed = await virsh(here, ['vol-list', pool]);
  for (const line of listed.split('\n')) {
    const [name = ''] = line.trim().split(/\s+/);
    if (name.startsWith(beginning)) await virsh(here, ['vol-delete', '--pool', pool, '--', name]);
  }
}

/** Removes a machine that Vagrant has lost sight of, as it was killed while it made it. */
export async function removeDomain(here: Machine, name: string): Promise<void> {
  await virsh(here, ['destroy', '--', name]);
  await virsh(here, ['undefine', '--nvram', '--', name]);
  await removeVolumes(here, `${name}.img`);
}

/**
 * Copies the disk of a machine that runs, which halts for that long: libvirt's emulator writes out all that it holds then.
 * One program does it, so that the machine goes on also where we are killed. What the disk stands on is not in the copy.
 */
export async function copyDisk(here: Machine, machine: string, file: string): Promise<void> {
  const script =
    'trap \'\' HUP INT TERM; address=$1; shift; v() { virsh --quiet --connect "$address" "$@"; }; ' +
    'v suspend -- "$1" || exit; v vol-download --pool "$2" --sparse -- "$1.img" "$3"; code=$?; ' +
    'v resume -- "$1" && exit "$code"';
  await runOn(here, ['sh', '-c', script, 'sh', address(), machine, pool, file], { environment: ownEnvironment() });
}

/** What a machine's disks are called, as it sees them: `vda`. */
export async function disksOf(here: Machine, machine: string): Promise<string[]> {
  const argv = ['virsh', '--quiet', '--connect', address(), 'domblklist', '--details', '--', machine];
  return disksIn((await runOn(here, argv, { environment: ownEnvironment() })).stdout.toString('utf8'));
}

/** From lines of type, device, target and source; discs are no disks. https://www.libvirt.org/manpages/virsh.html#domblklist */
export function disksIn(listed: string): string[] {
  const rows = listed.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, device, target]) => (device === 'disk' && target !== undefined ? [target] : []));
}

/** Copies a volume of the pool. */
export async function copyVolume(here: Machine, name: string, file: string): Promise<void> {
  const argv = [
    'virsh',
    '--quiet',
    '--connect',
    address(),
    'vol-download',
    '--pool',
    pool,
    '--sparse',
    '--',
    name,
    file,
  ];
  await runOn(here, argv, { environment: ownEnvironment() });
}

const pool = 'default';

function address(): string {
  return ownEnvironment()['LIBVIRT_DEFAULT_URI'] ?? 'qemu:///system';
}

async function virsh(here: Machine, args: readonly string[]): Promise<string> {
  const script = 'command -v virsh >/dev/null || exit 0; exec virsh "$@"';
  const argv = ['sh', '-c', script, 'sh', '--quiet', '--connect', address(), ...args];
  return (await here.shell?.run(argv, { environment: ownEnvironment() }))?.stdout.toString('utf8') ?? '';
}
