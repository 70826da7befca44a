import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReproError } from '../errors.js';
import { type FilePath, pathToBytes, showPath } from '../model/file-path.js';
import type { Process, Shell } from './machine.js';

/** Unpacks a tar stream with the machine's own `tar`, which keeps what an ordinary user may keep. */
export async function putTar(spawn: Shell['spawn'], directory: FilePath, tar: Readable): Promise<void> {
  const argv = ['tar', '--extract', '--file=-', '--preserve-permissions', '--numeric-owner', '--same-owner'];
  const child = await spawn([...argv, '--directory', '.'], { cwd: directory, stdout: 'ignore' });
  await feed(child, tar, `Unpacking below ${showPath(directory)}`);
}

/** A tar stream of paths (with all below them), from the machine's own `tar`. */
export function getTar(spawn: Shell['spawn'], paths: readonly FilePath[]): Readable {
  const argv = ['tar', '--create', '--file=-', '--format=pax', '--pax-option=delete=atime,delete=ctime'];
  const list = Buffer.concat(paths.flatMap((path) => [pathToBytes(`.${path}` as FilePath), Buffer.from([0])]));
  const names = ['--transform=s,^\\./,,S', '--numeric-owner', '--null', '--verbatim-files-from', '--files-from=-'];
  return streamFrom(() => spawn([...argv, ...names], { cwd: '/' as FilePath }), list, 'Packing');
}

/** Writes a stream to a process and waits for its good end. */
export async function feed(child: Process, input: Readable, what: string): Promise<void> {
  const complaint = readText(child.stderr);
  const written = child.stdin
    ? pipeline(input, child.stdin).catch((error: unknown) => {
        // A process that ended says better why than the broken pipe; a broken input must end the process.
        child.kill('SIGTERM');
        return error;
      })
    : Promise.resolve();
  const exit = await child.exited;
  const failure = await written;
  if (exit.code === 0 && failure === undefined) return;
  throw new ReproError('step-failed', `${what} failed: ${lastLine(await complaint) || `exit code ${exit.code}`}.`, {
    cause: failure,
  });
}

/** The output of a process that is started now and given `input`; its failure is the stream's error. */
export function streamFrom(start: () => Promise<Process>, input: Uint8Array | undefined, what: string): Readable {
  const output = new PassThrough();
  const run = async () => {
    const child = await start();
    output.once('close', () => child.kill('SIGTERM'));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const complaint = readText(child.stderr);
    for await (const chunk of child.stdout ?? []) {
      if (!output.write(chunk)) await Promise.race([once(output, 'drain'), once(output, 'close')]);
      if (output.destroyed) return;
    }
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
