import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { codeOf, ReproError } from '../errors.js';
import type { Access, RunConditions } from '../model/access.js';
import { type FilePath, pathFromBytes } from '../model/file-path.js';
import { shownDirectory } from './conditions.js';
import { tracerOf } from './end.js';
import { parseLimits, unusualLimits } from './limits.js';
import { streamOfProcess } from './streams.js';

/** A process of this machine as it is at the moment, by what /proc tells of it: proc(5). */
export interface RunningProcess {
  readonly conditions: Omit<RunConditions, 'started' | 'seconds'>;
  /** Where the kernel found what it executes. */
  readonly program: FilePath;
  /** What redirections of its standard streams stand for. */
  readonly redirected: readonly Access[];
  /** Its mounts are its own: a path may mean something else to it than to us. */
  readonly isApart: boolean;
}

/** What a process runs under, if it is one that may be followed; otherwise an error that says why not. */
export function lookAtProcess(pid: number): RunningProcess {
  const status = statusOf(pid);
  refuseUnfit(pid, status);
  try {
    refuseOtherRoot(pid, status('Name'));
    const streams = ([0, 1, 2] as const).map((descriptor) => streamOfProcess(pid, descriptor));
    const [stdin, stdout, stderr] = streams.map(({ stream }) => stream) as [
      RunConditions['streams']['stdin'],
      RunConditions['streams']['stdout'],
      RunConditions['streams']['stderr'],
    ];
    const environment = Object.fromEntries(words(pid, 'environ').flatMap(variable));
    return {
      program: linkOf(pid, 'exe'),
      conditions: {
        argv: words(pid, 'cmdline'),
        cwd: shownDirectory(linkOf(pid, 'cwd'), environment),
        environment,
        umask: Number.parseInt(status('Umask'), 8),
        limits: unusualLimits(parseLimits(readFileSync(`/proc/${pid}/limits`, 'latin1'))),
        user: {
          uid: numbers(status('Uid'))[1] ?? 0,
          gid: numbers(status('Gid'))[1] ?? 0,
          groups: numbers(status('Groups')),
        },
        streams: { stdin, stdout, stderr },
        attached: true,
      },
      redirected: streams.flatMap(({ access }) => access ?? []),
      isApart: readlinkSync(`/proc/${pid}/ns/mnt`) !== readlinkSync('/proc/self/ns/mnt'),
    };
  } catch (error) {
    if (error instanceof ReproError) throw error;
    throw codeOf(error) === 'EACCES' ? notPermitted(pid, status('Name')) : ended(pid, error);
  }
}

/** What following a process means; refuses one that cannot be followed before anything is begun. */
export function describeFollowing(pid: number): string {
  const [program = 'a program'] = lookAtProcess(pid).conditions.argv;
  return `following ${program}, process ${pid}, from now on: all of its system calls stop for a moment, so it is slower; Ctrl-C leaves it to itself`;
}

/** That the kernel refused, for what is known of its reasons. */
export function refusedToAttach(pid: number, said: string): ReproError {
  const name = statusOf(pid)('Name');
  return said.includes('not permitted') || said === '' ? notPermitted(pid, name) : failed(pid, said);
}

type Status = (field: string) => string;

function statusOf(pid: number): Status {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch (error) {
    throw ended(pid, error);
  }
  return (field) => new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
}

function refuseUnfit(pid: number, status: Status): void {
  const name = status('Name');
  const [leader = pid] = numbers(status('Tgid'));
  if (leader !== pid) {
    const remedy = `follow the whole process: --pid ${leader}`;
    throw new ReproError('usage', `${pid} is a thread of process ${leader} (${name})`, { remedy });
  }
  if (/^[ZX]/.test(status('State'))) {
    throw new ReproError('usage', `process ${pid} (${name}) has ended already; only its parent has not noticed yet`);
  }
  if (isOfKernel(pid)) {
    throw new ReproError('usage', `process ${pid} (${name}) is a part of the kernel and uses no files of its own`);
  }
  if (isAbove(pid)) {
    throw new ReproError('usage', `process ${pid} (${name}) started this trace, which cannot follow itself`, {
      remedy: 'run the trace from another terminal, or follow the program that you mean',
    });
  }
  const tracer = tracerOf(pid);
  if (tracer !== undefined) {
    const by = `${statusOf(tracer)('Name')}, process ${tracer}`;
    throw new ReproError('not-ready', `process ${pid} (${name}) is traced already, by ${by}`, {
      remedy: 'a process has one tracer at a time: end the other one first',
    });
  }
  const [owner = 0] = numbers(status('Uid'));
  const own = process.getuid?.() ?? 0;
  if (own !== 0 && owner !== own) throw notPermitted(pid, name, `it belongs to user ${owner}`);
}

/** A spec is of one system: what a process of a container uses is not this one's. */
function refuseOtherRoot(pid: number, name: string): void {
  const [own, other] = [statSync('/'), statSync(`/proc/${pid}/root`)];
  if (own.dev === other.dev && own.ino === other.ino) return;
  const remedy = 'run the trace inside it';
  throw new ReproError('usage', `process ${pid} (${name}) runs in another root, of a container or chroot`, { remedy });
}

/** PF_KTHREAD among the flags, field 9 of /proc/pid/stat; the name in parentheses may hold anything. */
function isOfKernel(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const flags = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]);
  return (flags & 0x0020_0000) !== 0;
}

/** Whether it is this process, or one of those that started it. */
function isAbove(pid: number): boolean {
  for (let at = process.pid; at > 0; at = numbers(statusOf(at)('PPid'))[0] ?? 0) if (at === pid) return true;
  return false;
}

/** Yama: 1 lets only ancestors trace, 2 asks for CAP_SYS_PTRACE, 3 forbids all: Documentation/admin-guide/LSM/Yama.rst. */
function notPermitted(pid: number, name: string, known?: string): ReproError {
  const scope = yamaScope();
  const isRoot = process.getuid?.() === 0;
  const byScope = scope > (isRoot ? 2 : 0) ? `kernel.yama.ptrace_scope is ${scope}` : undefined;
  const why = known ?? byScope ?? (isRoot ? 'CAP_SYS_PTRACE is missing' : 'it has rights that you have not');
  const withScope = 'set kernel.yama.ptrace_scope to 0 (of 3, restart the machine with another)';
  const remedy = isRoot ? `in a container, start it with --cap-add=SYS_PTRACE; else ${withScope}` : 'trace it as root';
  return new ReproError('not-ready', `process ${pid} (${name}) may not be traced: ${why}`, { remedy });
}

function yamaScope(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1'));
  } catch {
    return 0;
  }
}

function ended(pid: number, cause: unknown): ReproError {
  return new ReproError('usage', `there is no process ${pid}`, { remedy: 'find its number with pgrep NAME', cause });
}

function failed(pid: number, said: string): ReproError {
  return new ReproError('not-ready', `process ${pid} cannot be followed: ${said}`);
}

function linkOf(pid: number, name: 'cwd' | 'exe'): FilePath {
  return pathFromBytes(readlinkSync(`/proc/${pid}/${name}`, { encoding: 'buffer' }));
}

function words(pid: number, file: 'cmdline' | 'environ'): string[] {
  const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
  return text === '' ? [] : text.replace(/\0+$/, '').split('\0');
}

function variable(text: string): [string, string][] {
  const equals = text.indexOf('=');
  return equals > 0 ? [[text.slice(0, equals), text.slice(equals + 1)]] : [];
}

function numbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
