import { randomUUID } from 'node:crypto';
import { usualPath } from '../../src/exec.js';
import { debug } from '../../src/log.js';
import { enterContainer } from '../../src/machines/enter-container.js';
import type { Prepared } from '../../src/machines/exact-environment.js';
import { shellOver } from '../../src/machines/local.js';
import type { Machine, Process, Shell, SpawnOptions } from '../../src/machines/machine.js';
import { onPlatform } from '../../src/machines/platform.js';
import { Running } from '../../src/machines/running.js';
import { shellFileView } from '../../src/machines/shell/files.js';
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
    ...onPlatform(files),
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
  const entry = enterContainer(argv, options, pidFile);
  const child = await shell.spawn(commandLine(instance, entry.argv), {
    ...streams,
    environment: execEnvironment(host, instance, entry),
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

/** Values are in the environment of what brings them, never in its arguments, which everybody may read. */
export function execEnvironment(host: Machine, { tool, work }: Instance, entry: Prepared): Record<string, string> {
  const prefix = `${prefixOf(tool)}ENV_`;
  const asked = Object.entries(entry.environment).map(([name, value]) => [`${prefix}${name}`, value]);
  return { ...toolEnvironment(host, tool, work), ...Object.fromEntries(asked) };
}

function commandLine({ tool }: Instance, argv: readonly string[]): string[] {
  return [tool.path, '--silent', 'exec', '--cleanenv', '--no-eval', '--pwd', '/', instanceAddress, ...argv];
}

/** The program may not have noted its number yet. */
const killScript =
  'i=0; while [ ! -s "$2" ] && [ "$i" -lt 50 ]; do sleep 0.02; i=$((i + 1)); done; kill -s "$1" "$(cat "$2")"';

/** Where `--nv` puts the libraries: https://apptainer.org/docs/user/latest/gpu.html */
function withDriver(options: SpawnOptions): SpawnOptions {
  const environment = options.environment ?? { PATH: usualPath };
  const folders = [environment['LD_LIBRARY_PATH'], '/.singularity.d/libs'].filter(Boolean).join(':');
  return { ...options, environment: { ...environment, LD_LIBRARY_PATH: folders } };
}
