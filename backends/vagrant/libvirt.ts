import { ownEnvironment } from '../../src/exec.js';
import type { Machine } from '../../src/machines/machine.js';

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

const pool = 'default';

async function virsh(here: Machine, args: readonly string[]): Promise<string> {
  const address = ownEnvironment()['LIBVIRT_DEFAULT_URI'] ?? 'qemu:///system';
  const script = 'command -v virsh >/dev/null || exit 0; exec virsh "$@"';
  const argv = ['sh', '-c', script, 'sh', '--quiet', '--connect', address, ...args];
  return (await here.shell?.run(argv, { environment: ownEnvironment() }))?.stdout.toString('utf8') ?? '';
}
