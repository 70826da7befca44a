import { ReproError } from '../errors.js';
import { collect, spawnProcess } from '../exec.js';
import { rootPath } from '../model/file-path.js';
import { diskFiles } from './disk/files.js';
import type { Machine, Shell } from './machine.js';
import { onPlatform } from './platform.js';
import { asksForGnu } from './shell/tools.js';
import { getTar, putTar } from './tar-command.js';

/** The machine that this process runs on. */
export async function localMachine(): Promise<Machine> {
  const files = diskFiles(rootPath);
  return {
    label: 'this machine',
    isLocal: true,
    ...onPlatform(files, { environment: process.env }),
    files,
    shell: shellOver(async (argv, options) => spawnProcess(argv, options)),
    async [Symbol.asyncDispose]() {},
  };
}

/** What acts on this machine's own files and programs must not be taken to act on another host. */
export function requireLocal(host: Machine, what: string): void {
  if (host.isLocal) return;
  throw new ReproError('not-ready', `${what} can only be used on this machine, not on ${host.label}`, {
    remedy: 'run reproman there',
  });
}

/**
 * The rest of a shell on top of its `spawn`: nothing there needs more than programs and pipes. `neverPut` are names
 * below the root that are left out of what is unpacked there.
 */
export function shellOver(spawn: Shell['spawn'], options: { readonly neverPut?: readonly string[] } = {}): Shell {
  const tools = { spawn, isGnu: asksForGnu(spawn) };
  return {
    spawn,
    async run(argv, { input, ...options } = {}) {
      const child = await spawn(argv, { ...options, stdin: input === undefined ? 'ignore' : 'pipe' });
      return collect(child, input, options.signal);
    },
    put: (directory, tar) => putTar(tools, directory, tar, directory === '/' ? options.neverPut : []),
    get: (paths) => getTar(tools, paths),
  };
}
