import type { Exit, ProgramOfRun, TracedProcess } from '../model/access.js';
import { type FilePath, joinPath } from '../model/file-path.js';
import { ownCopy } from './own-copy.js';

/** The working directory and root of one or more threads (CLONE_FS shares them). */
interface Place {
  cwd: FilePath;
  /** What chroot changed it to; `/` otherwise. */
  root: FilePath;
  /** Its mounts are its own, so that its paths may mean something else to us. */
  apart?: boolean;
}

/** What some tracers tell of a process beside what all do. */
type ProcessFacts = Pick<TracedProcess, 'startedBy' | 'cwd' | 'uid' | 'environment' | 'started' | 'ended' | 'usage'>;

interface ProcessRecord extends ProcessFacts {
  /** In the order of {@link ProcessTable.list}. */
  readonly index: number;
  /** How often it has executed a program itself, and the number of what it is now. */
  execs: number;
  program: number;
  earlier?: readonly (readonly string[])[];
  readonly pid: number;
  readonly parent: number | undefined;
  argv: readonly string[];
  executable?: FilePath;
  exit?: Exit;
}

interface Thread {
  readonly process: ProcessRecord;
  place: Place;
}

export interface CloneFlags {
  readonly thread: boolean;
  readonly sharesPlace: boolean;
}

/** Command lines that are remembered of a process which executes one program after the other. */
const mostEarlier = 16;

/** Who started whom, and where each process stands: what makes a relative path absolute. */
export class ProcessTable {
  private readonly threads = new Map<number, Thread>();
  private readonly all: ProcessRecord[] = [];
  /** Every program that a process was, its parent's first. */
  readonly programs: ProgramOfRun[] = [];
  private root: ProcessRecord | undefined;

  constructor(private readonly cwd: FilePath) {}

  knows(pid: number): boolean {
    return this.threads.has(pid);
  }

  /** The first process of the run: the traced command. */
  begin(pid: number): void {
    const process = this.add(pid, undefined);
    this.root ??= process;
    this.threads.set(pid, { process, place: { cwd: this.cwd, root: '/' as FilePath } });
  }

  fork(parent: number, child: number, flags: CloneFlags): void {
    const from = this.thread(parent);
    const place = flags.sharesPlace ? from.place : { ...from.place };
    const process = flags.thread ? from.process : this.add(child, from.process.pid, from.process);
    this.threads.set(child, { process, place });
  }

  execute(pid: number, executable: FilePath, argv: readonly string[]): void {
    const thread = this.thread(pid);
    const { process } = thread;
    const { earlier = [], execs } = process;
    if (execs > 0 && earlier.length < mostEarlier) process.earlier = [...earlier, process.argv];
    process.execs = Math.min(execs + 1, mostEarlier + 1);
    process.program = this.programs.push([process.index, process.execs]) - 1;
    process.executable = ownCopy(executable);
    process.argv = argv.map(ownCopy);
    thread.place = { ...thread.place };
  }

  /** The number of what a process is now, in `programs`; undefined of one that is not known. */
  programOf(pid: number): number | undefined {
    return this.threads.get(pid)?.process.program;
  }

  executableOf(pid: number): FilePath | undefined {
    return this.thread(pid).process.executable;
  }

  note(pid: number, facts: ProcessFacts): void {
    Object.assign(this.thread(pid).process, facts);
  }

  /** The thread `by` took the process's own id over. */
  supersede(pid: number, by: number): void {
    const thread = this.threads.get(by);
    if (!thread) return;
    this.threads.delete(by);
    this.threads.set(pid, thread);
  }

  exit(pid: number, exit: Exit): void {
    const thread = this.threads.get(pid);
    if (!thread) return;
    this.threads.delete(pid);
    if (thread.process.pid === pid) thread.process.exit = exit;
  }

  changeDirectory(pid: number, cwd: FilePath): void {
    const { place } = this.thread(pid);
    if (place.cwd !== cwd) place.cwd = ownCopy(cwd);
  }

  changeRoot(pid: number, root: FilePath): void {
    this.thread(pid).place.root = ownCopy(root);
  }

  moveApart(pid: number): void {
    this.thread(pid).place.apart = true;
  }

  isApart(pid: number): boolean {
    return this.thread(pid).place.apart === true;
  }

  /** `path` as the process means it: from `base` or else its working directory, below its root. */
  absolute(pid: number, path: string, base: FilePath | undefined): FilePath {
    const { place } = this.thread(pid);
    if (!path.startsWith('/')) return joinPath(base ?? place.cwd, path);
    return place.root === '/' ? (path as FilePath) : ((place.root + path) as FilePath);
  }

  /** How the traced command itself ended; undefined when that was not seen. */
  get rootExit(): Exit | undefined {
    return this.root?.exit;
  }

  /** Processes that have not ended yet. */
  get running(): number {
    return new Set([...this.threads.values()].map(({ process }) => process)).size;
  }

  list(): TracedProcess[] {
    return this.all.map(({ index: _index, execs: _execs, program: _program, parent, executable, exit, ...rest }) => ({
      ...rest,
      ...(parent === undefined ? {} : { parent }),
      ...(executable === undefined ? {} : { executable }),
      ...(exit === undefined ? {} : { exit }),
    }));
  }

  private add(pid: number, parent: number | undefined, like?: ProcessRecord): ProcessRecord {
    const { earlier: _earlier, ...inherited } = like ?? {};
    const index = this.all.length;
    const program = this.programs.push([index, 0]) - 1;
    const origin = like ? { startedBy: [like.index, like.execs] as const } : {};
    const process = { ...inherited, ...origin, index, execs: 0, program, pid, parent, argv: like?.argv ?? [] };
    this.all.push(process);
    return process;
  }

  private thread(pid: number): Thread {
    let thread = this.threads.get(pid);
    if (!thread) {
      this.begin(pid);
      thread = this.threads.get(pid) as Thread;
    }
    return thread;
  }
}
