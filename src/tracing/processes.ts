import type { Exit, TracedProcess } from '../model/access.js';
import { type FilePath, joinPath } from '../model/file-path.js';
import { keep } from './keep.js';

/** The working directory and root of one or more threads (CLONE_FS shares them). */
interface Place {
  cwd: FilePath;
  /** What chroot changed it to; `/` otherwise. */
  root: FilePath;
  /** Its mounts are its own, so that its paths may mean something else to us. */
  apart?: boolean;
}

/** What some tracers tell of a process beside what all do. */
type ProcessFacts = Pick<TracedProcess, 'cwd' | 'uid' | 'environment' | 'started' | 'ended' | 'usage'>;

interface ProcessRecord extends ProcessFacts {
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

/** Who started whom, and where each process stands: what makes a relative path absolute. */
export class ProcessTable {
  private readonly threads = new Map<number, Thread>();
  private readonly all: ProcessRecord[] = [];
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
    thread.process.executable = keep(executable);
    thread.process.argv = argv.map(keep);
    thread.place = { ...thread.place };
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
    if (place.cwd !== cwd) place.cwd = keep(cwd);
  }

  changeRoot(pid: number, root: FilePath): void {
    this.thread(pid).place.root = keep(root);
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
    return this.all.map(({ parent, executable, exit, ...rest }) => ({
      ...rest,
      ...(parent === undefined ? {} : { parent }),
      ...(executable === undefined ? {} : { executable }),
      ...(exit === undefined ? {} : { exit }),
    }));
  }

  private add(pid: number, parent: number | undefined, like?: ProcessRecord): ProcessRecord {
    const process: ProcessRecord = { ...like, pid, parent, argv: like?.argv ?? [] };
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
