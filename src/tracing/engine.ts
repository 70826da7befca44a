import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { Readiness } from '../model/readiness.js';
import type { RunRecord } from './run-record.js';
import type { AttachOptions, TraceOptions } from './tracer.js';

/** What tells one tracer from another: its program, how that is told to trace, and what its log says. */
export interface Engine {
  readonly name: string;
  check(machine: Machine): Promise<Readiness>;
  version(): Promise<string>;
  /** Its program on this machine. */
  program(): Promise<string>;
  /** The program's arguments up to the command. */
  arguments(files: EngineFiles, options: TraceOptions): string[];
  /** The program's arguments for following a process that runs already. */
  attachArguments?(files: EngineFiles, pid: number, options: AttachOptions): string[];
  /** The traced command's process, from the beginning of the log. */
  rootOf(head: string): number | undefined;
  /** Whether the program itself knows how long to wait for what the command leaves in the background. */
  readonly waitsItself: boolean;
  /** Reads the whole log; memory grows with the paths, not with the log. */
  read(chunks: AsyncIterable<Uint8Array>, cwd: FilePath, signal?: AbortSignal): Promise<RunRecord>;
}

/** Where a tracer's program writes to. */
export interface EngineFiles {
  readonly log: FilePath;
  /** A folder for contents as they were before the run changed them. */
  readonly kept?: FilePath;
}

/** How many bytes at the beginning of a log say which process the command is. */
export const logHeadSize = 4096;
