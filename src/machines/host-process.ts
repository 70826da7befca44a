import { randomUUID } from 'node:crypto';
import { currentProcess, isAlive, type ProcessIdentity, startIn } from '../process-identity.js';
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

/**
 * A name for what is on a host only as long as this process, or its connection to the host. Without a colon, which
 * overlay mounts take for the end of a path.
 */
export async function passingName({ keeper }: Pick<Machine, 'keeper'>): Promise<string> {
  const { pid, started } = keeper ?? (await currentProcess());
  return `${pid}_${started.replace(':', '.')}_${randomUUID().slice(0, 8)}`;
}

/** Whether a name is such a one, and whoever had it was killed. */
export async function isLeftBehind(name: string, host: Machine): Promise<boolean> {
  const [, pid, started] = /^(\d+)_([\w.-]+)_\w+$/.exec(name) ?? [];
  if (pid === undefined || started === undefined) return false;
  return !(await isAliveOn(host, { pid: Number(pid), started: started.replace('.', ':') }));
}
