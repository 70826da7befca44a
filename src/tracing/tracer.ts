import type { Machine } from '../machines/machine.js';
import type { Trace } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import type { Readiness } from '../model/readiness.js';

export interface TraceOptions {
  readonly machine: Machine;
  readonly cwd: FilePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly umask?: number;
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /**
   * What the command's standard streams are: `inherit` gives our own (terminal, files and pipes stay what they are);
   * a path is opened on the machine by the tracer (stdin for reading, the others for writing, created or truncated).
   */
  readonly streams?: { readonly stdin?: StreamChoice; readonly stdout?: StreamChoice; readonly stderr?: StreamChoice };
  readonly signal?: AbortSignal;
}

export type StreamChoice = 'inherit' | 'ignore' | 'discard' | { readonly path: FilePath; readonly append?: boolean };

/** Runs a command on a machine and records what it did. The command's failure is a result, never an error. */
export interface Tracer {
  readonly name: string;
  check(machine: Machine): Promise<Readiness>;
  trace(argv: readonly string[], options: TraceOptions): Promise<Trace>;
}
