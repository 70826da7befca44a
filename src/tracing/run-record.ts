import type { ContentBefore, ProgramOfRun } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import { AccessRecorder } from './accesses.js';
import { ownCopy } from './own-copy.js';
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
  /** The names that the run looked up, by the addresses that it was told of them. */
  private readonly names = new Map<string, Set<string>>();
  /** Programs that asked the kernel for random numbers. */
  readonly drawing = new Set<FilePath>();
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

  /** What is recorded from now on is done by this process. */
  act(pid: number): void {
    this.accesses.user = this.processes.programOf(pid);
  }

  /** From now on the process is another program. */
  execute(pid: number, executable: FilePath, argv: readonly string[]): void {
    this.processes.execute(pid, executable, argv);
    this.act(pid);
  }

  /** Of every path the first few programs that used it. */
  touched(): Map<FilePath, readonly ProgramOfRun[]> {
    const touched = new Map<FilePath, readonly ProgramOfRun[]>();
    const known = new Map<readonly number[], readonly ProgramOfRun[]>();
    for (const [path, users] of this.accesses.users()) {
      const programs = known.get(users) ?? users.map((user) => this.processes.programs[user] as ProgramOfRun);
      known.set(users, programs);
      touched.set(path, programs);
    }
    return touched;
  }

  nameAddress(address: string, name: string): void {
    const names = this.names.get(address);
    if (names) names.add(ownCopy(name));
    else this.names.set(ownCopy(address), new Set([ownCopy(name)]));
  }

  /** The connections to something outside the trace, in order: `192.0.2.1:443 (example.org)` where its name was looked up. */
  outsideConnections(): string[] {
    const outside = [...this.connections].filter((address) => !this.listening.has(address));
    return outside.map((address) => `${address}${this.namesOf(address)}`).sort();
  }

  private namesOf(address: string): string {
    // An IPv4 address may be reached by a socket of IPv6.
    const host = /^\[?(?:::ffff:(?=\d+\.))?([^\]]*?)\]?:\d+$/.exec(address)?.[1] ?? '';
    const names = this.names.get(host);
    return names ? ` (${[...names].sort().join(', ')})` : '';
  }
}
