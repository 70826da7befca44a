import type Docker from 'dockerode';
import { shellOver } from '../local.js';
import type { Machine, Shell } from '../machine.js';
import { onPlatform } from '../platform.js';
import { Running } from '../running.js';
import { shellFileView } from '../shell/files.js';
import { containerScratch, execInContainer } from './container-exec.js';

export { containerScratch };

export interface ContainerMachineOptions {
  readonly container: Docker.Container;
  readonly label: string;
  /** Starts the container, and again where another process has stopped it since. */
  readonly start: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** The engine mounts its own over these: nothing can be put there, and what is there is not the tree's. */
const mountedFiles = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/** Milliseconds that a program which nobody waits for any more may take to end. */
const patience = 5000;

/** A running container as a machine: every program and file goes through the engine's exec. */
export async function containerMachine(options: ContainerMachineOptions): Promise<Machine> {
  const { container, label, start } = options;
  await start();
  const running = new Running();
  const spawn: Shell['spawn'] = async (argv, spawnOptions) => {
    const begin = async () => running.add(await execInContainer(container, argv, spawnOptions));
    try {
      return await begin();
    } catch (error) {
      if (!isNotRunning(error)) throw error;
      await start();
      return begin();
    }
  };
  const files = shellFileView({ spawn }, label);
  return {
    label,
    isLocal: false,
    ...onPlatform(files),
    files,
    shell: shellOver(spawn, { neverPut: mountedFiles }),
    // The engine hears of an end later than the reader of its output, and a container with a program is not at rest.
    [Symbol.asyncDispose]: async () => {
      await running.end(patience);
      await options.dispose();
    },
  };
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/: 409 from exec means stopped or paused. */
function isNotRunning(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 409;
}
