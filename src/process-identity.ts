import { readFile } from 'node:fs/promises';
import { codeOf } from './errors.js';

/** One process of this machine, told apart from a later one with the same pid by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The boot's id and the clock ticks since that boot. */
  readonly started: string;
}

/** Who we are, for locks and journals that outlive us. */
export function currentProcess(): Promise<ProcessIdentity> {
  own ??= startOf(process.pid).then((started = 'unknown') => ({ pid: process.pid, started }));
  return own;
}

let own: Promise<ProcessIdentity> | undefined;

/** Whether that very process still runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await startOf(identity.pid)) === identity.started;
}

/**
 * Whether a process of that number runs; it may be another one than was meant, which is harmless where a name only
 * keeps two processes apart. A zombie still counts.
 */
export function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return startIn(stat, await readFile('/proc/sys/kernel/random/boot_id', 'latin1'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/**
 * When a process started, from what the system says of it and of its boot; undefined where it has ended.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: field 22; the name in parentheses may hold anything.
 */
export function startIn(stat: string, boot: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || ticks === undefined ? undefined : `${boot.trim()}:${ticks}`;
}
