import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { usualPath } from '../../exec.js';
import { debug } from '../../log.js';
import type { Exit } from '../../model/access.js';
import { enterContainer } from '../enter-container.js';
import type { Process, SpawnOptions } from '../machine.js';
import { copyTo, outputOf, separateFrames } from './container-streams.js';

/** A memory filesystem in every container of ours: out of the tree, its snapshots and its digests. */
export const containerScratch = '/run/reproman';

/** Sends a signal to the process group; the number may not have been noted yet. */
const killScript =
  'i=0; while [ ! -s "$2" ] && [ "$i" -lt 50 ]; do sleep 0.02; i=$((i + 1)); done; kill -s "$1" -- "-$(cat "$2")"';

/** Starts a process in a running container. */
export async function execInContainer(
  container: Docker.Container,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<Process> {
  options.signal?.throwIfAborted();
  const pidFile = `${containerScratch}/${randomUUID()}`;
  const tty = options.tty === true;
  const entry = enterContainer(argv, tty ? withTerminal(options) : options, pidFile);
  const exec = await container.exec({
    Cmd: [...entry.argv],
    Env: Object.entries({ PATH: usualPath, ...entry.environment }).map(([name, value]) => `${name}=${value}`),
    WorkingDir: '/',
    User: '0:0',
    AttachStdin: options.stdin !== 'ignore',
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: tty });
  const signals: Promise<void>[] = [];
  let isOver = false;
  const kill = (signal: NodeJS.Signals) => {
    if (!isOver) signals.push(sendSignal(container, pidFile, signal));
  };
  const attached = tty ? attachTerminal(exec, stream) : attach(exec, stream, options, () => kill('SIGPIPE'));
  // What brings a signal is a program in the container, too.
  const ended = attached.exited.finally(async () => {
    isOver = true;
    await Promise.all(signals);
  });
  // Who waits for it is told; nobody need wait.
  ended.catch(() => undefined);
  const process = { ...attached, kill, exited: ended };
  if (!options.signal) return process;
  const { signal } = options;
  const abort = () => {
    kill('SIGKILL');
    stream.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  const exited = ended
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    })
    .finally(() => signal.removeEventListener('abort', abort));
  exited.catch(() => undefined);
  return { ...process, exited };
}

type Attached = Omit<Process, 'kill'>;

/** `lost`: our own output, which the process was given, has nobody that reads it any more. */
function attach(exec: Docker.Exec, stream: Duplex, options: SpawnOptions, lost: () => void): Attached {
  const { stdin = 'pipe', stdout = 'pipe', stderr = 'pipe' } = options;
  const out = outputOf(stdout, process.stdout);
  const err = outputOf(stderr, process.stderr);
  const release = stdin === 'inherit' ? pipeOwnInput(stream) : () => undefined;
  if (stdin === 'ignore') stream.end();
  if (typeof stdin === 'number') createReadStream('', { fd: stdin, autoClose: false }).pipe(stream);
  const own = [out, err].flatMap(({ target, pipe }) => (target && !pipe ? [target] : []));
  for (const each of own) each.once('error', lost);
  const exited = (async () => {
    try {
      await separateFrames(stream, { stdout: out.target, stderr: err.target });
      await Promise.all([out.close?.(), err.close?.()]);
      return await exitOf(exec);
    } finally {
      release();
      out.pipe?.end();
      err.pipe?.end();
    }
  })();
  exited.catch((error: unknown) => {
    const reason = error instanceof Error ? error : new Error(String(error));
    out.pipe?.destroy(reason);
    err.pipe?.destroy(reason);
  });
  for (const each of [stream, out.pipe, err.pipe]) {
    each?.on('error', (error) => debug('container stream: %s', error.message));
  }
  return { stdin: stdin === 'pipe' ? stream : undefined, stdout: out.pipe, stderr: err.pipe, exited };
}

/** Our terminal becomes the process's: raw, with its size, and as it was before afterwards. */
function attachTerminal(exec: Docker.Exec, stream: Duplex): Attached {
  const { stdin, stdout } = process;
  const resize = () => {
    exec
      .resize({ h: stdout.rows ?? 24, w: stdout.columns ?? 80 })
      .catch((error: unknown) => debug('resize: %s', error));
  };
  const wasRaw = stdin.isTTY && stdin.isRaw;
  if (stdin.isTTY) stdin.setRawMode(true);
  const release = pipeOwnInput(stream);
  resize();
  stdout.on('resize', resize);
  const exited = (async () => {
    try {
      await copyTo(stream, stdout);
      return await exitOf(exec);
    } finally {
      stdout.off('resize', resize);
      release();
      if (stdin.isTTY) stdin.setRawMode(wasRaw);
    }
  })();
  return { stdin: undefined, stdout: undefined, stderr: undefined, exited };
}

function pipeOwnInput(stream: Duplex): () => void {
  const { stdin } = process;
  stdin.pipe(stream);
  return () => {
    stdin.unpipe(stream);
    stdin.pause();
    stdin.unref?.();
  };
}

/** The engine may close the stream a moment before it knows the exit code. */
async function exitOf(exec: Docker.Exec): Promise<Exit> {
  for (let wait = 5; ; wait = Math.min(wait * 2, 200)) {
    const { Running: running, ExitCode: code } = await exec.inspect({});
    if (!running && code !== null) return { code };
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function sendSignal(container: Docker.Container, pidFile: string, signal: NodeJS.Signals): Promise<void> {
  try {
    const exec = await container.exec({
      Cmd: ['sh', '-c', killScript, 'sh', signal.replace(/^SIG/, ''), pidFile],
      User: '0:0',
    });
    // An answer that nobody reads would keep its connection, and us with it.
    (await exec.start({ Detach: true })).resume();
    await exitOf(exec);
  } catch (error) {
    debug('signal to a container: %s', error);
  }
}

function withTerminal(options: SpawnOptions): SpawnOptions {
  const environment = { TERM: process.env['TERM'] ?? 'xterm', ...(options.environment ?? { PATH: usualPath }) };
  return { ...options, environment };
}
