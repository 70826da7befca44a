import type { ContentBefore } from '../model/access.js';
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
  /** What the kernel itself was seen to open for a program: interpreters and loader. */
  readonly opened = new Map<FilePath, ReadonlySet<FilePath>>();
  /** Of files that the run changed: their content before. `kept` is a name in the tracer's folder. */
  readonly before = new Map<FilePath, ContentBefore>();
  readonly environments = new Map<string, readonly string[]>();
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
  /** The log has no end: the tracer was ended by somebody else. */
  cut = false;

  constructor(cwd: FilePath) {
    this.processes = new ProcessTable(cwd);
  }

  /** The connections to something outside the trace, in order. */
  outsideConnections(): string[] {
    return [...this.connections].filter((address) => !this.listening.has(address)).sort();
  }
}
