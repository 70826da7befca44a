import { isAlive, type ProcessIdentity, startIn } from '../process-identity.js';
import type { Machine } from './machine.js';

/** Whether that very process still runs on a host. */
export async function isAliveOn(host: Machine, identity: ProcessIdentity): Promise<boolean> {
  if (host.isLocal) return isAlive(identity);
  const asked = [`/proc/${identity.pid}/stat`, '/proc/sys/kernel/random/boot_id'];
  const { exit, stdout } = (await host.shell?.run(['cat', ...asked])) ?? {};
  if (exit?.code !== 0) return false;
  const [, stat = '', boot = ''] = /^(.*)\n(.*)\n$/s.exec(stdout?.toString('latin1') ?? '') ?? [];
  return startIn(stat, boot) === identity.started;
}
