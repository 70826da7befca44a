import { constants } from 'node:os';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReproError } from '../errors.js';
import { type FilePath, rootPath, showPath } from '../model/file-path.js';
import type { Process, Shell } from './machine.js';
import { listOf } from './shell/tools.js';

/** A machine's shell, with what its tools know. */
export interface TarTools {
  readonly spawn: Shell['spawn'];
  readonly isGnu: () => Promise<boolean>;
}

/** Unpacks a tar stream with the machine's own `tar`, which keeps what an ordinary user may keep. */
export async function putTar(
  { spawn, isGnu }: TarTools,
  directory: FilePath,
  tar: Readable,
  exclude: readonly string[] = [],
): Promise<void> {
  const excluded = exclude.map((name) => `--exclude=${name}`);
  // What is there stays: a merged /bin is a link that an entry `bin/` must not replace. Others than GNU's never do.
  const keep = ['--same-owner', '--keep-directory-symlink', '--delay-directory-restore'];
  // BusyBox leaves nothing out.
  const flags = (await isGnu()) ? ['--anchored', '--no-wildcards', ...excluded, ...keep] : [];
  const argv = ['tar', '-x', '-f', '-', '-p', '--numeric-owner', ...flags];
  const child = await spawn(argv, { cwd: directory, stdout: 'ignore' });
  await feed(child, tar, `Unpacking below ${showPath(directory)}`);
}

/** A tar stream of paths (with all below them), from the machine's own `tar`. */
export function getTar({ spawn, isGnu }: TarTools, paths: readonly FilePath[]): Readable {
  const list = listOf(paths.map((path) => `.${path}`));
  const gnu = ['--format=pax', '--pax-option=delete=atime,delete=ctime', '--transform=s,^\\./,,S', '--numeric-owner'];
  const start = async () => {
    const argv = ['tar', '-c', '-f', '-', ...((await isGnu()) ? gnu : []), '--'];
    return spawn(['xargs', '-0', '-r', ...argv], { cwd: rootPath });
  };
  return streamFrom(start, list, 'Packing');
}

/**
 * Writes a stream to a process and waits for its good end. The stream is read to its own end even when the process has
 * seen enough (tar stops at the archive's last block), because only there does its writer say that all went well. Without
 * one the process has an input of its own.
 */
export async function feed(child: Process, input: Readable | undefined, what: string): Promise<void> {
  const complaint = readText(child.stderr);
  let failure: unknown;
  try {
    if (input) await pour(input, child);
  } catch (error) {
    failure = error;
    child.kill('SIGTERM');
  }
  const exit = await child.exited;
  // Of a program on another host only its code is told, which is a shell's for the signal.
  const isStopped = exit.signal !== undefined || exit.code === 128 + constants.signals.SIGTERM;
  if (failure !== undefined && (exit.code === 0 || isStopped)) throw failure;
  if (exit.code === 0) return;
  throw new ReproError('step-failed', `${what} failed: ${lastLine(await complaint) || `exit code ${exit.code}`}.`, {
    cause: failure,
  });
}

/** Throws what the input throws; a process that no longer listens is told apart by its exit code. */
async function pour(input: Readable, { stdin }: Process): Promise<void> {
  stdin?.on('error', () => undefined);
  for await (const chunk of input) {
    if (!stdin || stdin.destroyed || stdin.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        stdin.off('drain', go).off('close', go);
        resolve();
      };
      stdin.once('drain', go).once('close', go);
    });
  }
  stdin?.end();
}

/** The output of a process that is started now and given `input`; its failure is the stream's error. */
export function streamFrom(start: () => Promise<Process>, input: Uint8Array | undefined, what: string): Readable {
  const output = new PassThrough();
  const run = async () => {
    const child = await start();
    output.once('close', () => {
      if (!output.readableEnded) child.kill('SIGTERM');
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const complaint = readText(child.stderr);
    if (child.stdout) await pipeline(child.stdout, output, { end: false });
    const exit = await child.exited;
    if (exit.code !== 0) {
      throw new ReproError('step-failed', `${what} failed: ${lastLine(await complaint) || `exit code ${exit.code}`}.`);
    }
    output.end();
  };
  run().catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
  return output;
}

async function readText(stream: Readable | undefined): Promise<string> {
  let text = '';
  if (stream) for await (const chunk of stream) text = (text + String(chunk)).slice(-4096);
  return text;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.replace(/\.$/, '') ?? '';
}
