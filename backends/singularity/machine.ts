import { randomUUID } from 'node:crypto';
import { usualPath } from '../../src/exec.js';
import { debug } from '../../src/log.js';
import { asUser } from '../../src/machines/as-user.js';
import { shellOver } from '../../src/machines/local.js';
import type { Machine, Process, Shell, SpawnOptions } from '../../src/machines/machine.js';
import { readPlatform } from '../../src/machines/platform.js';
import { Running } from '../../src/machines/running.js';
import { shellFileView } from '../../src/machines/shell/files.js';
import { pathToBytes, rootPath } from '../../src/model/file-path.js';
import { type Instance, instanceAddress } from './instance.js';
import { prefixOf, toolEnvironment } from './tool.js';

/** Milliseconds that a program which nobody waits for any more may take to end. */
const patience = 5000;

/** Mounted over the image's own: nothing can be put there. */
const mountedFiles = ['etc/resolv.conf'];

export interface InstanceMachineOptions {
  readonly host: Machine;
  readonly instance: Instance;
  readonly label: string;
  /** The host's driver is bound to a folder of the engine's. */
  readonly nv: boolean;
  readonly dispose: () => Promise<void>;
}

/** A running instance as a machine: every program and file goes through `exec`. */
export async function instanceMachine(options: InstanceMachineOptions): Promise<Machine> {
  const { host, instance, label, nv, dispose } = options;
  const running = new Running();
  const spawn: Shell['spawn'] = async (argv, spawnOptions = {}) =>
    running.add(await execInInstance(host, instance, argv, nv ? withDriver(spawnOptions) : spawnOptions));
  const files = shellFileView({ spawn }, label);
  return {
    label,
    isLocal: false,
    platform: await readPlatform(files),
    files,
    shell: shellOver(spawn, { neverPut: mountedFiles }),
    [Symbol.asyncDispose]: async () => {
      await running.end(patience);
      await dispose();
    },
  };
}

async function execInInstance(
  host: Machine,
  instance: Instance,
  argv: readonly string[],
  options: SpawnOptions,
): Promise<Process> {
  if (!host.shell) throw new Error(`${host.label} has no shell`);
  const { shell } = host;
  const { cwd: _cwd, environment: _environment, user: _user, umask: _umask, ...streams } = options;
  const pidFile = `/run/reproman/${randomUUID()}`;
  const child = await shell.spawn(execArguments(instance, argv, options, pidFile), {
    ...streams,
    environment: execEnvironment(host, instance, options),
  });
  const signals: Promise<unknown>[] = [];
  const kill = (signal: NodeJS.Signals) => {
    if (signal === 'SIGKILL') child.kill(signal);
    // A signal to what brought the program here ends that, and not as the program would have.
    const argv = commandLine(instance, ['sh', '-c', killScript, 'sh', signal.replace(/^SIG/, ''), pidFile]);
    const environment = toolEnvironment(host, instance.tool, instance.work);
    signals.push(shell.run(argv, { environment }).catch((error: unknown) => debug('signal: %s', error)));
  };
  const exited = child.exited.finally(() => Promise.all(signals));
  exited.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, kill, exited };
}

/**
 * Notes the process's own number, sets what the engine cannot set, and becomes the command. The engine has variables of
 * its own, and does not let all others through: the command gets those that come by number, and no others.
 */
export function execArguments(
  instance: Instance,
  argv: readonly string[],
  { cwd = rootPath, environment = { PATH: usualPath }, user, umask = 0o022 }: SpawnOptions,
  pidFile: string,
): string[] {
  const variables = Object.keys(environment).map((_, index) => `"$${variableName(index)}"`);
  const become = [...asUser(user), 'env', '-i', '--', ...variables].join(' ');
  const script = `printf %s "$$" >"$1"; umask "$2" && cd -- "$3" || exit 125; shift 3; exec ${become} "$@"`;
  const place = pathToBytes(cwd).toString('utf8');
  const mask = umask.toString(8).padStart(4, '0');
  return commandLine(instance, ['sh', '-c', script, 'sh', pidFile, mask, place, ...argv]);
}

/** Values are in the environment of what brings them, never in its arguments, which everybody may read. */
export function execEnvironment(
  host: Machine,
  { tool, work }: Instance,
  { environment = { PATH: usualPath } }: SpawnOptions,
): Record<string, string> {
  const prefix = `${prefixOf(tool)}ENV_`;
  const asked = Object.entries(environment).map(([name, value], index) => [
    `${prefix}${variableName(index)}`,
    `${name}=${value}`,
  ]);
  return { ...toolEnvironment(host, tool, work), ...Object.fromEntries(asked) };
}

function commandLine({ tool }: Instance, argv: readonly string[]): string[] {
  return [tool.path, '--silent', 'exec', '--cleanenv', '--no-eval', '--pwd', '/', instanceAddress, ...argv];
}

/** The program may not have noted its number yet. */
const killScript =
  'i=0; while [ ! -s "$2" ] && [ "$i" -lt 50 ]; do sleep 0.02; i=$((i + 1)); done; kill -s "$1" "$(cat "$2")"';

function variableName(index: number): string {
  return `REPROMAN_${index}`;
}

/** Where `--nv` puts the libraries: https://apptainer.org/docs/user/latest/gpu.html */
function withDriver(options: SpawnOptions): SpawnOptions {
  const environment = options.environment ?? { PATH: usualPath };
  const folders = [environment['LD_LIBRARY_PATH'], '/.singularity.d/libs'].filter(Boolean).join(':');
  return { ...options, environment: { ...environment, LD_LIBRARY_PATH: folders } };
}
