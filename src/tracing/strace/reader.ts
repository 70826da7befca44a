import type { FilePath } from '../../model/file-path.js';
import { linesOf } from '../log-lines.js';
import { ownCopy } from '../own-copy.js';
import type { CloneFlags } from '../processes.js';
import { RunRecord } from '../run-record.js';
import { signalNumber } from '../signals.js';
import type { Call } from './call.js';
import { type LogEvents, LogReader } from './log.js';
import { cloneCalls, cloneFlags } from './process-calls.js';
import { syscalls } from './syscalls.js';

type Deferred = (reader: RunBuilder) => void;

/** Reads a whole strace log into a record of the run; memory grows with the paths, not with the log. */
export async function readStraceLog(
  chunks: AsyncIterable<Uint8Array>,
  cwd: FilePath,
  signal?: AbortSignal,
): Promise<RunRecord> {
  const builder = new RunBuilder(cwd);
  const log = new LogReader(builder);
  for await (const lines of linesOf(chunks)) {
    signal?.throwIfAborted();
    for (const line of lines) log.line(line);
  }
  return builder.finish(log.unfinishedCalls);
}

/** Applies the events of the log in an order in which every process is known before it acts. */
class RunBuilder implements LogEvents {
  private readonly run: RunRecord;
  /** Callers of a fork or clone that did not return yet: one of them is the parent of an unknown process. */
  private readonly forking = new Map<number, CloneFlags>();
  /** Processes that acted before the call that made them returned. */
  private readonly adopted = new Set<number>();
  private readonly early = new Map<number, Deferred[]>();
  private first = true;

  constructor(cwd: FilePath) {
    this.run = new RunRecord(cwd);
  }

  call(call: Call): void {
    if (this.defer(call.pid, (reader) => reader.call(call))) return;
    this.run.act(call.pid);
    if (!cloneCalls.has(call.name)) {
      syscalls.get(call.name)?.(call, this.run);
      return;
    }
    this.forking.delete(call.pid);
    if (!this.adopted.delete(call.result.value)) syscalls.get(call.name)?.(call, this.run);
    this.flush(call.result.value);
  }

  began(pid: number, text: string): void {
    if (cloneCalls.has(text.slice(0, text.indexOf('(')))) this.forking.set(pid, cloneFlags(text));
  }

  exit(pid: number, code: number, signal: string | undefined): void {
    if (this.defer(pid, (reader) => reader.exit(pid, code, signal))) return;
    this.forking.delete(pid);
    const { processes } = this.run;
    const wasRunning = processes.rootExit === undefined;
    processes.exit(pid, signal === undefined ? { code } : { code: 128 + signalNumber(signal), signal });
    if (wasRunning && processes.rootExit !== undefined) this.run.outlived = processes.running;
  }

  superseded(pid: number, by: number): void {
    if (this.defer(by, (reader) => reader.superseded(pid, by))) return;
    this.run.processes.supersede(pid, by);
  }

  unparsed(line: string): void {
    this.run.unparsed++;
    this.run.unparsedExample ??= ownCopy(line.slice(0, 200));
  }

  finish(unfinished: number): RunRecord {
    for (const pid of [...this.early.keys()]) {
      this.beginOrphan(pid);
      this.flush(pid);
    }
    this.run.unfinished = unfinished;
    this.run.complete = this.run.processes.rootExit !== undefined;
    return this.run;
  }

  /** Holds an event of a process whose parent is not known yet. */
  private defer(pid: number, event: Deferred): boolean {
    if (this.run.processes.knows(pid)) return false;
    if (this.first) {
      this.first = false;
      this.run.processes.begin(pid);
      return false;
    }
    if (this.forking.size === 0 && this.early.size === 0) {
      this.beginOrphan(pid);
      return false;
    }
    if (this.adopt(pid)) return false;
    const held = this.early.get(pid);
    if (held) held.push(event);
    else this.early.set(pid, [event]);
    return true;
  }

  /** With one caller of a clone about, that one is the parent; with several, the call's result must say. */
  private adopt(pid: number): boolean {
    if (this.forking.size !== 1 || this.early.size > 0) return false;
    for (const [parent, flags] of this.forking) {
      if (!this.run.processes.knows(parent)) return false;
      this.run.processes.fork(parent, pid, flags);
      this.forking.delete(parent);
    }
    this.adopted.add(pid);
    return true;
  }

  private beginOrphan(pid: number): void {
    this.run.notes.add('The parent of a process is not known: its relative paths may be wrong.');
    this.run.processes.begin(pid);
  }

  private flush(pid: number): void {
    const held = this.early.get(pid);
    if (!held || !this.run.processes.knows(pid)) return;
    this.early.delete(pid);
    for (const event of held) event(this);
  }
}
