import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { ReproError } from '../errors.js';
import { type FilePath, pathToBytes } from '../model/file-path.js';
import { containerScratch, execInContainer } from './container-exec.js';
import type { Machine, Process, RunOptions, RunResult, Shell, SpawnOptions } from './machine.js';
import { readPlatform } from './platform.js';
import { shellFileView } from './shell-files.js';

export { containerScratch };

export interface ContainerMachineOptions {
  readonly container: Docker.Container;
  readonly label: string;
  /** Starts the container again where another process has stopped it. */
  readonly start: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Files that the engine mounts over those of the tree: nothing can be put there, and nothing there is the tree's. */
export const engineFiles = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/** A running container as a machine: every program and file goes through the engine's exec. */
export async function containerMachine(options: ContainerMachineOptions): Promise<Machine> {
  const { container, label } = options;
  await options.start();
  const { Config: config } = await container.inspect();
  const imageNames = (config.Env ?? []).map((pair) => pair.slice(0, pair.indexOf('=')));
  const shell = containerShell(options, imageNames);
  return {
    label,
    platform: await readPlatform(shell),
    files: shellFileView(shell, label),
    shell,
    [Symbol.asyncDispose]: options.dispose,
  };
}

function containerShell({ container, label, start }: ContainerMachineOptions, imageNames: readonly string[]): Shell {
  async function spawn(argv: readonly string[], options?: SpawnOptions): Promise<Process> {
    try {
      return await execInContainer(container, argv, imageNames, options);
    } catch (error) {
      if (!isNotRunning(error)) throw error;
      await start();
      return execInContainer(container, argv, imageNames, options);
    }
  }

  async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { input, ...rest } = options;
    const process = await spawn(argv, { ...rest, stdin: input === undefined ? 'ignore' : 'pipe' });
    process.stdin?.on('error', () => undefined);
    process.stdin?.end(input);
    const [exit, stdout, stderr] = await Promise.all([process.exited, all(process.stdout), all(process.stderr)]);
    return { exit, stdout, stderr };
  }

  async function put(directory: FilePath, tar: Readable): Promise<void> {
    const excluded = directory === '/' ? engineFiles.map((file) => `--exclude=${file}`) : [];
    const process = await spawn(
      [
        ...['tar', '--extract', '--file=-', '--numeric-owner', '--same-owner', '--preserve-permissions'],
        ...['--keep-directory-symlink', '--delay-directory-restore', '--anchored', '--no-wildcards'],
        ...[...excluded, '--directory', pathToBytes(directory).toString('utf8')],
      ],
      { stdout: 'ignore' },
    );
    const complaint = all(process.stderr);
    complaint.catch(() => undefined);
    const feeding = process.stdin ? pipeline(tar, process.stdin) : Promise.resolve();
    const [fed, exited] = await Promise.allSettled([feeding, process.exited]);
    if (exited.status === 'fulfilled' && exited.value.code !== 0)
      throw await failed('tar', exited.value.code, complaint);
    if (fed.status === 'rejected') throw fed.reason;
    if (exited.status === 'rejected') throw exited.reason;
  }

  function get(paths: readonly FilePath[]): Readable {
    const output = new PassThrough();
    void (async () => {
      const names = paths.flatMap((path) => [pathToBytes(path.slice(1) as FilePath), Buffer.of(0)]);
      const process = await spawn([
        ...['tar', '--create', '--file=-', '--format=posix', '--numeric-owner', '--directory=/'],
        ...['--null', '--verbatim-files-from', '--files-from=-'],
      ]);
      const complaint = all(process.stderr);
      process.stdin?.end(Buffer.concat(names));
      if (process.stdout) await pipeline(process.stdout, output, { end: false });
      const { code } = await process.exited;
      if (code !== 0) throw await failed('tar', code, complaint);
      output.end();
    })().catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
    return output;
  }

  async function failed(what: string, code: number, complaint: Promise<Buffer>): Promise<ReproError> {
    const lines = (await complaint).toString('utf8').trim().split('\n').slice(-3).join('\n');
    return new ReproError('step-failed', `${what} ended with exit code ${code}: ${lines}`, { where: label });
  }

  return { spawn, run, put, get };
}

async function all(stream: Readable | undefined): Promise<Buffer> {
  return stream ? buffer(stream) : Buffer.alloc(0);
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/: 409 from exec means stopped or paused. */
function isNotRunning(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 409;
}
