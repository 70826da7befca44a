import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ReproError } from './errors.js';

/** A standard stream of a program; a number is a descriptor of ours that it gets. */
export type StreamOption = 'inherit' | 'pipe' | 'ignore' | number;

/** What `spawnProcess` needs to know; the shape of a machine's `SpawnOptions`. */
export interface ExecOptions {
  /** Bytes as latin1, as every path. */
  readonly cwd?: string;
  /** The complete environment. Default: {@link minimalEnvironment}. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  readonly stdin?: StreamOption;
  readonly stdout?: StreamOption;
  readonly stderr?: StreamOption;
  readonly tty?: boolean;
  readonly umask?: number;
  /** Give it a further pipe to write to, as its descriptor 3. */
  readonly report?: boolean;
  readonly signal?: AbortSignal;
}

/** A running program of this machine. */
export interface ExecProcess {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** What it writes to its descriptor 3, where it has a pipe there. */
  readonly report: Readable | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Lets our own process end while this one runs. */
  unref(): void;
  /** Takes `unref` back: waiting for `exited` needs it. */
  ref(): void;
  readonly exited: Promise<ExecExit>;
}

export interface ExecExit {
  readonly code: number;
  readonly signal?: string;
}

export interface RunProcessOptions extends Omit<ExecOptions, 'stdin' | 'stdout' | 'stderr' | 'tty'> {
  readonly input?: Uint8Array | string;
}

export interface ExecResult {
  readonly exit: ExecExit;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The environment of this very process, for programs that are to work with the settings of whoever started it. */
export function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Where a system's programs are. */
export const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a program gets when nothing is said: enough to find the system's tools, and answers in one language. */
export const minimalEnvironment = { PATH: usualPath, HOME: '/root', LC_ALL: 'C.UTF-8' } as const;

const graceMilliseconds = 3000;

/**
 * Starts a program of this machine with a complete environment. Over Node itself and not over execa, whose ends are
 * others: it waits for what background processes hold open, signals one process and not its group, and takes text for
 * the working directory. A program that cannot be started is a `not-ready`
 * error that names it; everything after that is in `exited`. Where none of our own streams is its input, it leads a
 * process group of its own, which an abort ends as a whole.
 */
export function spawnProcess(argv: readonly string[], options: ExecOptions = {}): ExecProcess {
  options.signal?.throwIfAborted();
  const [program, ...args] = withUser(argv, options.user);
  if (program === undefined) throw new ReproError('usage', 'There is no command to run.');
  const ownGroup = options.stdin !== 'inherit' && options.tty !== true;
  const child = startChild(program, args, options, ownGroup);
  const pid = child.pid;
  if (pid === undefined) throw startFailure(program, options, child);
  const kill = (signal: NodeJS.Signals) => killQuietly(ownGroup ? -pid : pid, signal);
  const exited = exitOf(child);
  endOnAbort(kill, exited, options.signal);
  return {
    pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    report: (child.stdio[3] as Readable | null | undefined) ?? undefined,
    kill,
    unref: () => child.unref(),
    ref: () => child.ref(),
    exited,
  };
}

/** Runs a program to its end and keeps what it wrote. A failure of the program is a result, not an error. */
export async function runProcess(argv: readonly string[], options: RunProcessOptions = {}): Promise<ExecResult> {
  const { input, ...rest } = options;
  const child = spawnProcess(argv, { ...rest, stdin: input === undefined ? 'ignore' : 'pipe' });
  return collect(child, input, options.signal);
}

/** What a process wrote and how it ended; feeds it `input` meanwhile. Rejects when `signal` aborts. */
export async function collect(
  child: Omit<ExecProcess, 'pid' | 'unref' | 'ref' | 'report'>,
  input?: Uint8Array | string,
  signal?: AbortSignal,
): Promise<ExecResult> {
  // A program may end without reading all of its input; its exit code says whether that was well.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const [stdout, stderr, exit] = await Promise.all([drain(child.stdout), drain(child.stderr), child.exited]);
  signal?.throwIfAborted();
  return { exit, stdout, stderr };
}

/** Sends a signal to a process that may be gone already. */
export function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself, which is what was wanted.
  }
}

/** The file that `execvp` would run, or undefined. */
export function findProgram(program: string, path: string = process.env['PATH'] ?? usualPath): string | undefined {
  const candidates = program.includes('/') ? [program] : path.split(delimiter).map((folder) => `${folder}/${program}`);
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      // Not there, or not ours to run: execvp looks further, too.
      return false;
    }
  });
}

/** Ends a process when `signal` aborts: politely first, by force after a moment. */
export function endOnAbort(
  kill: (signal: NodeJS.Signals) => void,
  exited: Promise<unknown>,
  signal: AbortSignal | undefined,
): void {
  if (signal === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    kill('SIGTERM');
    timer = setTimeout(() => kill('SIGKILL'), graceMilliseconds);
  };
  const done = () => {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  exited.then(done, done);
}

/** libuv clears the supplementary groups when it changes the user; keeping some takes setpriv. */
function withUser(argv: readonly string[], user: ExecOptions['user']): readonly string[] {
  if (user === undefined || !user.groups?.length || isOurselves(user)) return argv;
  const groups = user.groups.join(',');
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${groups}`, '--', ...argv];
}

function isOurselves(user: NonNullable<ExecOptions['user']>): boolean {
  if (process.geteuid?.() !== user.uid || process.getegid?.() !== user.gid) return false;
  const own = new Set(process.getgroups?.() ?? []).add(user.gid);
  const wanted = new Set(user.groups ?? own).add(user.gid);
  return wanted.size === own.size && [...wanted].every((group) => own.has(group));
}

function startChild(program: string, args: string[], options: ExecOptions, ownGroup: boolean): ChildProcess {
  const { user, umask } = options;
  const changesUser = user !== undefined && !user.groups?.length && !isOurselves(user);
  const folder = options.cwd === undefined ? undefined : openFolder(options.cwd);
  const before = umask === undefined || umask === process.umask() ? undefined : process.umask(umask);
  try {
    return spawn(program, args, {
      env: { ...(options.environment ?? minimalEnvironment) },
      stdio: [
        options.stdin ?? 'pipe',
        options.stdout ?? 'pipe',
        options.stderr ?? 'pipe',
        ...(options.report ? (['pipe'] as const) : []),
      ],
      detached: ownGroup,
      // Node takes text only; the descriptor's name reaches a folder whose name is not UTF-8.
      ...(folder === undefined ? {} : { cwd: `/proc/self/fd/${folder}` }),
      ...(changesUser ? { uid: user.uid, gid: user.gid } : {}),
    });
  } finally {
    if (before !== undefined) process.umask(before);
    if (folder !== undefined) closeSync(folder);
  }
}

function openFolder(cwd: string): number {
  try {
    return openSync(Buffer.from(cwd, 'latin1'), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw new ReproError('usage', 'The working directory cannot be entered.', { where: cwd, cause });
  }
}

function startFailure(program: string, options: ExecOptions, child: ChildProcess): ReproError {
  child.on('error', () => undefined);
  const found = findProgram(program, options.environment?.['PATH'] ?? usualPath);
  return found === undefined
    ? new ReproError('not-ready', `The program ${program} is not on this machine, or not on its PATH.`, {
        where: program,
        remedy: `Install the package that has ${program}, or put it on PATH.`,
      })
    : new ReproError('not-ready', `The program ${found} cannot be started.`, {
        where: found,
        remedy: 'See that it may be executed and that the machine has memory and processes left.',
      });
}

function exitOf(child: ChildProcess): Promise<ExecExit> {
  return new Promise((resolve) => {
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      if (signal === null) resolve({ code: code ?? 0 });
      else resolve({ code: 128 + system.signals[signal], signal });
    });
  });
}

async function drain(stream: Readable | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (stream) for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
