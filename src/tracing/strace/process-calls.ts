import type { FilePath } from '../../model/file-path.js';
import { mountNote, namespaceNote, recordConnection, rememberExecution, rootNote } from '../calls.js';
import { ownCopy } from '../own-copy.js';
import type { CloneFlags } from '../processes.js';
import type { RunRecord } from '../run-record.js';
import type { Call } from './call.js';
import { failed, type Handler, pathAt, pathFrom, succeeded } from './handler.js';
import { quotedTexts, unescapeText } from './text.js';

/** Calls that make processes, change what paths mean to them, or reach outside the trace. */
export const processCalls = {
  execve: (call, run) => execute(call, pathAt(call, 0, run), call.args[1], run),
  execveat: (call, run) => execute(call, pathFrom(call, 0, run), call.args[2], run),
  fork: (call, run) => begin(call, '', run),
  vfork: (call, run) => begin(call, '', run),
  clone: (call, run) => begin(call, call.args.join(' '), run),
  clone3: (call, run) => begin(call, call.args[0] ?? '', run),
  chroot: (call, run) => changeRoot(call, run),
  pivot_root: (call, run) => noteSuccess(call, run, namespaceNote),
  setns: (call, run) => noteSuccess(call, run, namespaceNote),
  unshare: (call, run) => {
    if ((call.args[0] ?? '').includes('CLONE_NEWNS')) noteSuccess(call, run, namespaceNote);
  },
  mount: (call, run) => noteSuccess(call, run, mountNote),
  connect: (call, run) => connect(call, run),
  bind: (call, run) => {
    const address = addressOf(call.args[1] ?? '');
    if (address !== undefined && succeeded(call)) run.listening.add(ownCopy(address));
  },
  io_uring_setup: (call, run) =>
    noteSuccess(call, run, 'The run used io_uring: files that it opened by it were not seen.'),
  ptrace: (call, run) => {
    if (call.result.errno === 'EPERM') {
      run.notes.add('The run tried to trace a process itself, which is not possible under trace.');
    }
  },
} as const satisfies Record<string, Handler>;

/** The calls whose result names a new process. */
export const cloneCalls: ReadonlySet<string> = new Set(['fork', 'vfork', 'clone', 'clone3']);

function execute(call: Call, path: FilePath | undefined, argv: string | undefined, run: RunRecord): void {
  if (path === undefined) return;
  if (!succeeded(call)) {
    if (call.result.errno === 'ENOENT') {
      run.accesses.executeFailed(path);
      rememberExecution(run.failedExecutions, path, cwdOf(call, run));
    } else failed(path, call, run);
    return;
  }
  run.execute(call.pid, path, quotedTexts(argv ?? ''));
  run.accesses.use(path, 'executed');
  rememberExecution(run.executions, path, cwdOf(call, run));
}

function cwdOf(call: Call, run: RunRecord): FilePath {
  return run.processes.absolute(call.pid, '.', undefined);
}

function begin(call: Call, flags: string, run: RunRecord): void {
  if (!(call.result.value > 0)) return;
  run.processes.fork(call.pid, call.result.value, cloneFlags(flags));
}

/** What the flags of a clone mean to us, from the call's text. */
export function cloneFlags(text: string): CloneFlags {
  return { thread: text.includes('CLONE_THREAD'), sharesPlace: text.includes('CLONE_FS') };
}

function changeRoot(call: Call, run: RunRecord): void {
  const path = pathAt(call, 0, run);
  if (path === undefined || !succeeded(call)) return;
  run.accesses.use(path, 'entered');
  run.processes.changeRoot(call.pid, path);
  run.notes.add(rootNote(path));
}

function noteSuccess(call: Call, run: RunRecord, note: string): void {
  if (succeeded(call)) run.notes.add(note);
}

function connect(call: Call, run: RunRecord): void {
  const address = addressOf(call.args[1] ?? '');
  const { errno } = call.result;
  if (address === undefined || (errno === undefined && !succeeded(call))) return;
  recordConnection(run, address, errno);
}

const inet4 = /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)/;
const inet6 = /sin6_port=htons\((\d+)\).*inet_pton\(AF_INET6, "([^"]*)"/;
const unix = /sun_path=(@?)"((?:[^"\\]|\\.)*)"/;

/** `host:port`, `[host]:port`, `unix:/path` or `unix:@name`. */
function addressOf(argument: string): string | undefined {
  const four = inet4.exec(argument);
  if (four) return `${four[2]}:${four[1]}`;
  const six = inet6.exec(argument);
  if (six) return `[${six[2]}]:${six[1]}`;
  const local = unix.exec(argument);
  return local ? `unix:${local[1]}${unescapeText(local[2] ?? '')}` : undefined;
}
