import { closeSync, openSync, readSync } from 'node:fs';
import type { Process, Shell, SpawnOptions } from '../../machines/machine.js';
import type { Exit } from '../../model/access.js';
import { type FilePath, pathToBytes } from '../../model/file-path.js';
import { forwardSignals } from '../forward.js';
import type { StreamChoice, TraceOptions } from '../tracer.js';
import { endTraced } from './end.js';
import { straceArguments, withStreams } from './invocation.js';
import { isGoneHere, isGoneOn, limitPatience } from './patience.js';
import { rawArguments, withRawArguments } from './raw-arguments.js';
import type { Site } from './site.js';

export interface CommandContext {
  readonly site: Site;
  readonly shell: Shell;
  readonly options: TraceOptions;
  /** What sets the limits that the command shall have and that are not ours; empty: nothing has to. */
  readonly limitSetter: readonly string[];
  readonly local: boolean;
  /** Of ours: what the command gets as its output and error in the place of what the options say. */
  readonly descriptors?: { readonly stdout?: number; readonly stderr?: number };
}

/** Runs the command under strace to its end, and lets it have its own streams, terminal, limits and signals. */
export async function runCommand(
  argv: readonly string[],
  context: CommandContext,
): Promise<{ readonly exit: Exit; readonly seconds: number; readonly isOver: boolean }> {
  const { site, shell, options, local, descriptors } = context;
  const root = local ? () => firstProcess(site.log) : undefined;
  options.signal?.throwIfAborted();
  const begin = performance.now();
  using _running = options.whileRunning?.();
  using _forwarding = root ? forwardSignals(root) : undefined;
  const process = await shell.spawn(commandLine(argv, context), { ...spawnOptions(options), ...descriptors });
  using _ending = endOnAbort(process, options.signal, root);
  using waiting = root
    ? limitPatience(() => isGoneHere(root()), { interval: 250, hurry: ['SIGINT', 'SIGTERM', 'SIGHUP'] })
    : limitPatience(() => isGoneOn(shell, site.log), { interval: 2000 });
  const exit = await Promise.race([process.exited, waiting.over]);
  options.signal?.throwIfAborted();
  if (!exit) leave(process, local);
  const seconds = Math.round(performance.now() - begin) / 1000;
  return { exit: exit ?? { code: 0 }, seconds, isOver: exit !== undefined };
}

function commandLine(
  argv: readonly string[],
  { site, options, limitSetter, local }: CommandContext,
): readonly string[] {
  const { streams = {}, environment } = options;
  const before = [...limitSetter, ...site.strace, ...straceArguments(site.log, environment)];
  const raw = local ? rawArguments(argv) : undefined;
  const command = raw ? withRawArguments([...before, ...raw]) : [...before, ...argv];
  return withStreams(command, {
    stdin: fileOf(streams.stdin),
    stdout: fileOf(streams.stdout),
    stderr: fileOf(streams.stderr),
    append: { stdout: appends(streams.stdout), stderr: appends(streams.stderr) },
  });
}

/** What the command left in the background needs its tracer as long as it lives: without it, its calls would fail. */
function leave(process: Process & { readonly unref?: () => void }, local: boolean): void {
  if (local) process.unref?.();
  else process.kill('SIGKILL');
}

function spawnOptions({ cwd, environment, umask, user, streams = {} }: TraceOptions): SpawnOptions {
  return {
    cwd,
    environment,
    ...(umask === undefined ? {} : { umask }),
    ...(user === undefined ? {} : { user }),
    stdin: inherited(streams.stdin),
    stdout: inherited(streams.stdout),
    stderr: inherited(streams.stderr),
  };
}

function inherited(choice: StreamChoice = 'inherit'): 'inherit' | 'ignore' | number {
  if (typeof choice === 'object') return choice.descriptor ?? 'ignore';
  return choice === 'inherit' ? 'inherit' : 'ignore';
}

function fileOf(choice: StreamChoice | undefined): FilePath | undefined {
  return typeof choice === 'object' && choice.descriptor === undefined ? choice.path : undefined;
}

function appends(choice: StreamChoice | undefined): boolean {
  return typeof choice === 'object' && choice.append === true;
}

/** The traced command's process id: the first word of the log, which strace writes line by line. */
function firstProcess(log: FilePath): number | undefined {
  const head = Buffer.alloc(16);
  const file = openSync(pathToBytes(log), 'r');
  try {
    const size = readSync(file, head, 0, head.length, 0);
    const match = /^(\d+) /.exec(head.toString('latin1', 0, size));
    return match ? Number(match[1]) : undefined;
  } finally {
    closeSync(file);
  }
}

/** strace must not be ended before what it traces: without it their filtered calls fail. */
function endOnAbort(
  process: Process,
  signal: AbortSignal | undefined,
  root: (() => number | undefined) | undefined,
): Disposable {
  const onAbort = () => {
    if (root) endTraced(root);
    else process.kill('SIGKILL');
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', onAbort) };
}
