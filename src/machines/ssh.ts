import { join } from 'node:path';
import { ReproError } from '../errors.js';
import { type ExecProcess, minimalEnvironment, spawnProcess } from '../exec.js';
import { pathToBytes } from '../model/file-path.js';
import { scratchFolder } from '../scratch.js';
import { shellOver } from './local.js';
import type { Machine, Shell, SpawnOptions } from './machine.js';
import { readPlatform } from './platform.js';
import { shellFileView } from './shell-files.js';

export interface SshOptions {
  /** `[user@]host`, or a name of the user's own ssh settings. */
  readonly destination: string;
  readonly port?: number;
  readonly label?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A host as a machine, through the system's `ssh`: settings, keys and known hosts are the user's own. One connection
 * carries every program that is started there; it ends with this process, however that ends.
 */
export async function sshMachine(options: SshOptions): Promise<Machine> {
  const { destination, label = `the host ${destination}`, signal } = options;
  const scratch = await scratchFolder('ssh');
  const socket = join(scratch.path, 's');
  const port = options.port === undefined ? [] : ['-p', String(options.port)];
  const ssh = ['ssh', '-o', `ControlPath=${socket}`, ...port];
  let leash: ExecProcess | undefined;
  const dispose = async () => {
    leash?.stdin?.end();
    await leash?.exited;
    await scratch[Symbol.asyncDispose]();
  };
  try {
    const first = [...ssh, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', '-T', '--', destination, 'cat'];
    leash = spawnProcess(first, ownProcess(signal));
    await answered(leash, label, destination);
    const shared = [...ssh, '-o', 'ControlMaster=no'];
    const spawn: Shell['spawn'] = async (argv, spawnOptions = {}) => {
      const { stdin, stdout, stderr, tty = false } = spawnOptions;
      const streams = tty
        ? ({ stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const)
        : { stdin, stdout, stderr };
      const command = [...shared, tty ? '-tt' : '-T', '--', destination, remoteCommand(argv, spawnOptions)];
      return spawnProcess(command, { ...ownProcess(spawnOptions.signal), ...given(streams) });
    };
    const files = shellFileView({ spawn }, label);
    const shell = shellOver(spawn);
    const platform = await readPlatform(files, { kernel: await kernelOf(shell) });
    return { label, isLocal: false, platform, files, shell, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** `tty`: it stays in our session, where it can ask the user for a password. */
function ownProcess(signal: AbortSignal | undefined) {
  return { environment: process.env as Record<string, string>, tty: true, ...(signal ? { signal } : {}) };
}

function given<T extends object>(options: T): Partial<{ [Key in keyof T]: NonNullable<T[Key]> }> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<{
    [Key in keyof T]: NonNullable<T[Key]>;
  }>;
}

/** A line that comes back says that the host is reached, and that programs run there. */
async function answered(leash: ExecProcess, label: string, destination: string): Promise<void> {
  let said = '';
  leash.stderr?.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-4096);
  });
  leash.stdin?.on('error', () => undefined);
  leash.stdin?.write('ready\n');
  const isReady = await new Promise<boolean>((resolve) => {
    leash.stdout?.once('data', () => resolve(true));
    leash.stdout?.once('close', () => resolve(false));
  });
  if (isReady) return;
  const { code } = await leash.exited;
  const why = said.trim().split(/\r?\n/).at(-1) || `ssh ended with exit code ${code}`;
  throw new ReproError('not-ready', `${label} cannot be reached: ${why}`, {
    where: destination,
    remedy: `see whether it works with: ssh ${destination}`,
  });
}

async function kernelOf(shell: Shell): Promise<{ release: string; machine: string }> {
  const { stdout } = await shell.run(['uname', '-rm']);
  const [release = '', machine = ''] = stdout.toString().trim().split(' ');
  return { release, machine };
}

/** One text for the user's shell there, which a host makes of what it is given: every word quoted. */
function remoteCommand(argv: readonly string[], options: SpawnOptions): string {
  const { cwd, environment = minimalEnvironment, user, umask } = options;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const { uid, gid, groups = [] } = user ?? {};
  const asGroups = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups'];
  const asUser = user ? ['setpriv', '--reuid', String(uid), '--regid', String(gid), ...asGroups, '--'] : [];
  return [
    ...(umask === undefined ? [] : [`umask ${umask.toString(8).padStart(4, '0')}`]),
    ...(cwd === undefined ? [] : [`cd -- ${quoted(pathToBytes(cwd).toString('utf8'))}`]),
    `exec env -i ${[...variables, ...asUser, ...argv].map(quoted).join(' ')}`,
  ].join(' && ');
}

/** As POSIX has it: between single quotes everything is itself. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
