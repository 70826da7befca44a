import { ReproError } from '../errors.js';
import type { Machine, SpawnOptions } from '../machines/machine.js';
import type { Exit } from '../model/access.js';
import type { Interruption } from './interruption.js';

/** Signals that a terminal gives to the whole foreground group, the command included where it is of this machine. */
const fromTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Runs a command on a machine with our own standard streams; signals are the command's. */
export async function runInForeground(
  machine: Machine,
  argv: readonly string[],
  options: SpawnOptions,
  interruption: Interruption,
): Promise<Exit> {
  if (machine.shell === undefined) throw new ReproError('not-ready', `${machine.label} has no way to run a command`);
  const streams = { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const;
  const child = await machine.shell.spawn(argv, { ...options, ...streams });
  using _handedOver = interruption.handOver((name) => {
    const reachesIt = child.pid !== undefined && process.stdin.isTTY && fromTerminal.includes(name);
    if (!reachesIt) child.kill(name);
  });
  return await child.exited;
}
