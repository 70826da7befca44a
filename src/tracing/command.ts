import { closeSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { killQuietly } from '../exec.js';
import { lines } from '../filesystem/lines.js';
import type { Process, Shell, SpawnOptions } from '../machines/machine.js';
import type { Exit } from '../model/access.js';
import { type FilePath, pathToBytes } from '../model/file-path.js';
import { endTraced } from './end.js';
import { type Engine, logHeadSize } from './engine.js';
import { forwardSignals } from './forward.js';
import { isGoneHere, isGoneOn, limitPatience, onHurry, type Waiting } from './patience.js';
import { rawArguments, withRawArguments } from './raw-arguments.js';
import { withStreams } from './redirections.js';
import type { Site } from './site.js';
import type { StreamChoice, TraceOptions } from './tracer.js';

export interface CommandContext {
  readonly engine: Engine;
  readonly site: Site;
  readonly shell: Shell;
  readonly options: TraceOptions;
  /** What sets the limits that the command shall have and that are not ours; empty: nothing has to. */
  readonly limitSetter: readonly string[];
  readonly local: boolean;
  /** Of ours: what the command gets as its output and error in the place of what the options say. */
  readonly descriptors?: { readonly stdout?: number; readonly stderr?: number };
}

/** Of this machine: its tracer can be signalled, left alone, and tell of its progress. */
type LocalProcess = Process & { readonly pid?: number; readonly unref?: () => void; readonly report?: Readable };

/** Runs the command under the tracer to its end, and lets it have its own streams, terminal, limits and signals. */
export async function runCommand(
  argv: readonly string[],
  context: CommandContext,
): Promise<{ readonly exit: Exit; readonly seconds: number; readonly isOver: boolean }> {
  const { engine, site, shell, options, local, descriptors } = context;
  const root = local ? () => firstProcess(engine, site.log) : undefined;
  options.signal?.throwIfAborted();
  const begin = performance.now();
  using _running = options.whileRunning?.();
  using _forwarding = root ? forwardSignals(root) : undefined;
  const process: LocalProcess = await shell.spawn(commandLine(argv, context), {
    ...spawnOptions(options),
    ...descriptors,
    ...(options.onProgress && local ? { report: true } : {}),
  });
  using _ending = endOnAbort(process, options.signal, root);
  using waiting = waitFor(process, context, root);
  void tellProgress(process.report, options.onProgress);
  const exit = await (waiting?.over ? Promise.race([process.exited, waiting.over]) : process.exited);
  options.signal?.throwIfAborted();
  if (!exit) leave(process, local);
  const seconds = Math.round(performance.now() - begin) / 1000;
  return { exit: exit ?? { code: 0 }, seconds, isOver: exit !== undefined };
}

function commandLine(
  argv: readonly string[],
  { engine, site, options, limitSetter, local }: CommandContext,
): readonly string[] {
  const before = [...limitSetter, ...site.tracer, ...engine.arguments(site, options)];
  const raw = local ? rawArguments(argv) : undefined;
  return withOwnStreams(raw ? withRawArguments([...before, ...raw]) : [...before, ...argv], options);
}

/** A command that opens the files that are its streams. */
export function withOwnStreams(command: readonly string[], { streams = {} }: TraceOptions): readonly string[] {
  return withStreams(command, {
    stdin: fileOf(streams.stdin),
    stdout: fileOf(streams.stdout),
    stderr: fileOf(streams.stderr),
    append: { stdout: appends(streams.stdout), stderr: appends(streams.stderr) },
  });
}

/** A tracer that knows for itself how long to wait is only told when it is to hurry. */
function waitFor(
  process: LocalProcess,
  { engine, site, shell, options }: CommandContext,
  root: (() => number | undefined) | undefined,
): (Disposable & { readonly over?: Waiting['over'] }) | undefined {
  const { wait } = options;
  if (engine.waitsItself) {
    return root && onHurry((signal) => isGoneHere(root()) && process.pid && killQuietly(process.pid, signal));
  }
  return root
    ? limitPatience(() => isGoneHere(root()), { interval: 250, wait, hurry: true })
    : limitPatience(isGoneOn(shell, site.log, engine.rootOf), { interval: 2000, wait });
}

/** What the command left in the background needs its tracer as long as it lives: without it, its calls would fail. */
function leave(process: LocalProcess, local: boolean): void {
  if (local) process.unref?.();
  else process.kill('SIGKILL');
}

/** Each line of a tracer's report: files used so far, processes made so far. */
export async function tellProgress(report: Readable | undefined, tell: TraceOptions['onProgress']): Promise<void> {
  if (!report || !tell) return;
  for await (const line of lines(report)) {
    const [files = 0, processes = 0] = line.split(' ').map(Number);
    tell({ files, processes });
  }
}

/** How a command that is traced, or would be, is started. */
export function spawnOptions({ cwd, environment, umask, user, streams = {} }: TraceOptions): SpawnOptions {
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

/** The traced command's process id, which a tracer writes to its log before anything else. */
function firstProcess(engine: Engine, log: FilePath): number | undefined {
  const head = Buffer.alloc(logHeadSize);
  const file = openSync(pathToBytes(log), 'r');
  try {
    return engine.rootOf(head.toString('latin1', 0, readSync(file, head, 0, head.length, 0)));
  } finally {
    closeSync(file);
  }
}

/** A tracer must not be ended before what it traces: without it their filtered calls fail. */
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
