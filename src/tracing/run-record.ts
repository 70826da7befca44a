import type { FilePath } from '../model/file-path.js';
import { AccessRecorder } from './accesses.js';
import { ProcessTable } from './processes.js';

/** An exec that succeeded: its interpreters and its loader were opened by the kernel, unseen. */
export interface Execution {
  readonly path: FilePath;
  /** What a relative interpreter in its first line is relative to. */
  readonly cwd: FilePath;
}

/** All that a tracer's log says of a run, as it is gathered; the same for every tracer. */
export class RunRecord {
  readonly accesses = new AccessRecorder();
  readonly processes: ProcessTable;
  readonly executions = new Map<FilePath, Execution>();
  /** Execs that failed with ENOENT: nothing is there, or what is there names an interpreter that is not. */
  readonly failedExecutions = new Map<FilePath, Execution>();
  readonly connections = new Set<string>();
  /** Addresses that the run itself listens at: a connection to them stays within the trace. */
  readonly listening = new Set<string>();
  readonly notes = new Set<string>();
  /** Lines of the log that say nothing to us. */
  unparsed = 0;
  unparsedExample: string | undefined;
  /** Calls that began and never ended. */
  unfinished = 0;
  /** Processes that still ran when the traced command ended. */
  outlived = 0;
  /** The end of the traced command itself was seen. */
  complete = false;

  constructor(cwd: FilePath) {
    this.processes = new ProcessTable(cwd);
  }

  /** The connections to something outside the trace, in order. */
  outsideConnections(): string[] {
    return [...this.connections].filter((address) => !this.listening.has(address)).sort();
  }
}
