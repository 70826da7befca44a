import type { Machine } from '../machines/machine.js';
import type { CompleteTrace, Trace } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import type { Readiness } from '../model/readiness.js';

export interface TraceOptions {
  readonly machine: Machine;
  readonly cwd: FilePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly umask?: number;
  /** Soft limits to set, by their names in `prlimit`; one that is over the machine's hard limit stays as it is. */
  readonly limits?: Readonly<Record<string, number | 'unlimited'>>;
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /**
   * What the command's standard streams are: `inherit` gives our own (terminal, files and pipes stay what they are);
   * a path is opened on the machine by the tracer (stdin for reading, the others for writing, created or truncated);
   * a descriptor is ours, open on that path of our own machine; `record` is a pipe whose content is noted and goes
   * nowhere, and `with-stdout` (of stderr alone) the same pipe.
   */
  readonly streams?: { readonly stdin?: StreamChoice; readonly stdout?: StreamChoice; readonly stderr?: StreamChoice };
  /** Take nothing for granted about the result of a call, at the cost of speed; for a tracer that otherwise does. */
  readonly exact?: boolean;
  /** How long what the command leaves in the background is traced: seconds; default: {@link defaultPatience}. */
  readonly wait?: Patience;
  /** Where contents of up to `limit` bytes are kept as they were before the run changed them: a folder of ours. */
  readonly keep?: { readonly folder: string; readonly limit: number };
  /** Told twice a second, by tracers that can, what the run has used so far. */
  readonly onProgress?: (seen: RunProgress) => void;
  readonly signal?: AbortSignal;
  /** Called when the command is about to start; what it gives is disposed when the command has ended. */
  readonly whileRunning?: () => Disposable;
}

export type Patience = 'all' | 'none' | number;

/** Seconds that background processes which outlive the command are waited for. */
export const defaultPatience = 30;

export interface RunProgress {
  readonly files: number;
  readonly processes: number;
}

export type StreamChoice =
  | 'inherit'
  | 'ignore'
  | 'discard'
  | 'record'
  | 'with-stdout'
  | { readonly path: FilePath; readonly append?: boolean; readonly descriptor?: number };

/** How a process of this machine that runs already is followed. */
export type AttachOptions = Pick<
  TraceOptions,
  'machine' | 'exact' | 'wait' | 'keep' | 'onProgress' | 'signal' | 'whileRunning'
>;

/** Runs a command on a machine and records what it did. The command's failure is a result, never an error. */
export interface Tracer {
  readonly name: string;
  check(machine: Machine): Promise<Readiness>;
  trace(argv: readonly string[], options: TraceOptions): Promise<CompleteTrace>;
  /** Records what a process does from now on, until it ends or a signal to us lets go of it. */
  attach?(pid: number, options: AttachOptions): Promise<Trace>;
}
