import { constants } from 'node:os';
import { endOnAbort, ownEnvironment, spawnProcess } from '../../exec.js';
import type { Exit } from '../../model/access.js';
import type { Readiness } from '../../model/readiness.js';
import { shellOver } from '../local.js';
import type { Machine, Shell, SpawnOptions } from '../machine.js';
import { onPlatform } from '../platform.js';
import { shellFileView } from '../shell/files.js';
import type { SshAddress } from './address.js';
import { remoteCommand } from './command.js';
import { connectSsh, type SshConnection } from './connection.js';

export interface SshOptions extends SshAddress {
  readonly label?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A host as a machine, through the system's `ssh`: settings, keys and known hosts are the user's own. One connection
 * carries every program that is started there.
 */
export async function sshMachine(options: SshOptions): Promise<Machine> {
  const { destination, label = `the host ${destination}`, signal } = options;
  const connection = await connectSsh(options, label, signal);
  try {
    const { kernel, keeper, dataFolder } = connection.facts;
    const spawn = spawnOver(connection, destination);
    const files = shellFileView({ spawn }, label);
    return {
      ...{ label, isLocal: false, ...onPlatform(files, { kernel }), files, keeper, dataFolder },
      shell: shellOver(spawn),
      forward: (target) => connection.forward(target),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether there is an `ssh` here to reach hosts with. */
export async function checkSsh(here: Machine): Promise<Readiness> {
  const answer = await here.shell?.run(['sh', '-c', 'command -v ssh'], { environment: ownEnvironment() });
  if (answer?.exit.code === 0) return { ready: true };
  return {
    ready: false,
    missing: `the program ssh is missing on ${here.label}`,
    remedy: 'sudo apt-get install openssh-client',
  };
}

/** Starts programs as sessions of one connection, and tells those that end with it from those that end by themselves. */
function spawnOver(connection: SshConnection, destination: string): Shell['spawn'] {
  let count = 0;
  return async (argv, options = {}) => {
    const { signal, tty = false } = options;
    signal?.throwIfAborted();
    const number = ++count;
    const file = `${connection.facts.folder ?? '/dev/null'}/${number}`;
    const command = [...connection.ssh, tty ? '-tt' : '-T', '--', destination, remoteCommand(argv, options, file)];
    const child = spawnProcess(command, { environment: ownEnvironment(), tty, ...streamsOf(options) });
    let last: NodeJS.Timeout | undefined;
    let killed = false;
    const kill = (name: NodeJS.Signals) => {
      connection.kill(number, name);
      if (name !== 'SIGKILL' || killed) return;
      killed = true;
      last = setTimeout(() => child.kill('SIGKILL'), patience);
    };
    const end = async (): Promise<Exit> => {
      const exit = await child.exited;
      clearTimeout(last);
      if (exit.code !== failed && exit.signal === undefined) return exit;
      if (killed) return { code: 128 + constants.signals.SIGKILL, signal: 'SIGKILL' };
      const lost = await connection.lost();
      if (lost) throw lost;
      return exit;
    };
    const exited = end();
    // Who waits for it is told; nobody need wait.
    exited.catch(() => undefined);
    endOnAbort(kill, exited, signal);
    const { stdin, stdout, stderr, unref, ref } = child;
    return { stdin, stdout, stderr, unref, ref, kill, exited };
  };
}

/** What ssh itself ends with: https://man.openbsd.org/ssh, "EXIT STATUS". */
const failed = 255;

/** Milliseconds for the other end to do what it is told. */
const patience = 3000;

/** Our own input goes as a descriptor: that leaves the terminal, and what is typed to end programs, to us. */
function streamsOf({ stdin, stdout, stderr, tty }: SpawnOptions): Pick<SpawnOptions, 'stdin' | 'stdout' | 'stderr'> {
  if (tty) return { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' };
  return {
    ...(stdin !== undefined && { stdin: stdin === 'inherit' ? 0 : stdin }),
    ...(stdout !== undefined && { stdout }),
    ...(stderr !== undefined && { stderr }),
  };
}
