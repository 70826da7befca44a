import { ownCopy } from '../own-copy.js';
import { type Call, parseCall } from './call.js';

/** What a line of the log says, calls joined from their unfinished and resumed halves. */
export interface LogEvents {
  call(call: Call): void;
  /** A process or thread ended; `signal` is a name such as `SIGKILL`. */
  exit(pid: number, code: number, signal: string | undefined): void;
  /** The thread `by` executed a program: from now on it has the process's own id `pid`, and all other threads are gone. */
  superseded(pid: number, by: number): void;
  /** Anything else that is not known to be of no concern. */
  unparsed(line: string): void;
  /** A call began and did not return yet. */
  began(pid: number, text: string): void;
}

const unfinished = '<unfinished ...>';
const pidChanged = /<pid changed to (\d+) \.\.\.>$/;

/**
 * Reads the lines that `strace -f -o` writes: `PID call(...) = result`, `PID call(... <unfinished ...>`,
 * `PID <... call resumed>...) = result`, `PID +++ exited with N +++` and the like.
 */
export class LogReader {
  private readonly pending = new Map<number, string>();
  private readonly superseding = new Set<number>();

  constructor(private readonly events: LogEvents) {}

  /** Calls that never ended: their process was killed, or the log is cut short. */
  get unfinishedCalls(): number {
    return this.pending.size;
  }

  line(line: string): void {
    const space = line.indexOf(' ');
    const pid = Number.parseInt(line, 10);
    if (space <= 0 || !(pid > 0)) {
      if (line !== '') this.events.unparsed(line);
      return;
    }
    let from = space + 1;
    while (line.charCodeAt(from) === 0x20) from++;
    const first = line.charCodeAt(from);
    if (first === 0x3c) this.resumed(pid, line.slice(from), line);
    else if (first === 0x2b) this.ended(pid, line.slice(from), line);
    else if (first !== 0x2d) this.call(pid, line.slice(from), line);
  }

  private call(pid: number, text: string, line: string): void {
    const begun = beginningOf(text);
    const call = begun === undefined ? parseCall(pid, text) : undefined;
    if (begun !== undefined) this.hold(pid, begun);
    else if (call) this.events.call(call);
    else this.events.unparsed(line);
  }

  private hold(pid: number, text: string): void {
    const start = ownCopy(text.trimEnd());
    this.pending.set(pid, start);
    this.events.began(pid, start);
  }

  private resumed(pid: number, text: string, line: string): void {
    const end = text.indexOf(' resumed>');
    if (text.startsWith('execve', 5) && this.superseding.delete(pid)) return;
    const start = this.pending.get(pid);
    if (end < 0 || start === undefined || !start.startsWith(`${text.slice(5, end)}(`)) {
      this.events.unparsed(line);
      return;
    }
    this.pending.delete(pid);
    const rest = text.slice(end + ' resumed>'.length);
    if (rest.endsWith(unfinished)) {
      this.hold(pid, start + rest.slice(0, -unfinished.length));
      return;
    }
    this.call(pid, start + rest, line);
  }

  private ended(pid: number, text: string, line: string): void {
    const exited = /^\+\+\+ exited with (\d+) \+\+\+$/.exec(text);
    const killed = /^\+\+\+ killed by (\S+)/.exec(text);
    const replaced = /^\+\+\+ superseded by execve in pid (\d+) \+\+\+$/.exec(text);
    if (exited) this.forget(pid, () => this.events.exit(pid, Number(exited[1]), undefined));
    else if (killed) this.forget(pid, () => this.events.exit(pid, 0, killed[1]));
    else if (replaced) this.supersede(pid, Number(replaced[1]));
    else this.events.unparsed(line);
  }

  private forget(pid: number, report: () => void): void {
    this.pending.delete(pid);
    report();
  }

  /** strace 6.1 shows a wrong result of such an execve; that it superseded the process means that it succeeded. */
  private supersede(pid: number, by: number): void {
    const start = this.pending.get(by);
    this.pending.delete(by);
    this.pending.delete(pid);
    this.events.superseded(pid, by);
    if (start === undefined) return;
    const call = parseCall(pid, `${start}) = 0`);
    if (call) this.events.call(call);
    else this.events.unparsed(start);
    this.superseding.add(pid);
  }
}

/** The first half of a call that did not return before another process had something to say. */
function beginningOf(text: string): string | undefined {
  if (!text.endsWith(' ...>')) return undefined;
  if (text.endsWith(unfinished)) return text.slice(0, -unfinished.length);
  const changed = pidChanged.exec(text);
  return changed ? text.slice(0, changed.index) : undefined;
}
