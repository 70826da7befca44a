import { readFileSync, statSync } from 'node:fs';
import { findProgram } from '../exec.js';
import type { RunConditions } from '../model/access.js';
import { type FilePath, pathFromText, pathToBytes } from '../model/file-path.js';
import { type Limit, parseLimits, unusualLimits } from './limits.js';
import type { TraceOptions } from './tracer.js';

/** Limits as the command will have them. */
export interface LimitState {
  readonly limits: ReadonlyMap<string, Limit>;
  /** The command, with its options, that sets those that are not so by themselves; empty where there are none. */
  readonly setter: readonly string[];
}

/** The limits that a command is to have on a machine, and how they are set outside its trace. */
export async function limitsFor({ machine, limits: wanted = {} }: TraceOptions, local: boolean): Promise<LimitState> {
  if (local) {
    const { limits, nofile } = ownLimits();
    return settable(limits, nofile === undefined ? wanted : { nofile, ...wanted }, findProgram('prlimit'));
  }
  if (Object.keys(wanted).length === 0 || !machine.shell) return { limits: new Map(), setter: [] };
  const { stdout } = await machine.shell.run(['sh', '-c', 'command -v prlimit; cat /proc/self/limits']);
  const text = stdout.toString('latin1');
  return settable(parseLimits(text), wanted, /^\/.*/.exec(text)?.[0]);
}

function settable(
  present: ReadonlyMap<string, Limit>,
  wanted: Readonly<Record<string, number | 'unlimited'>>,
  prlimit: string | undefined,
): LimitState {
  const limits = new Map(present);
  const options: string[] = [];
  for (const [name, soft] of Object.entries(wanted)) {
    const limit = present.get(name);
    const isOver = limit !== undefined && amount(soft) > amount(limit.hard);
    if (prlimit === undefined || limit === undefined || isOver) continue;
    limits.set(name, { soft, hard: limit.hard });
    options.push(`--${name}=${soft}:`);
  }
  return { limits, setter: prlimit === undefined || options.length === 0 ? [] : [prlimit, ...options] };
}

function amount(limit: number | 'unlimited'): number {
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
}

/**
 * Our own limits, with the number of open files as our caller had it. Node raises that soft limit to the hard one when
 * it starts; the caller's own tells what it was, when both have the same hard limit.
 */
function ownLimits(): { readonly limits: ReadonlyMap<string, Limit>; readonly nofile?: number } {
  const limits = parseLimits(read('/proc/self/limits'));
  const own = limits.get('nofile');
  const callers = parseLimits(read(`/proc/${process.ppid}/limits`)).get('nofile');
  if (!own || !callers || own.soft === callers.soft || own.soft !== own.hard || own.hard !== callers.hard) {
    return { limits };
  }
  if (callers.soft === 'unlimited') return { limits };
  return { limits, nofile: callers.soft };
}

/** `$PWD` where it names the same folder as `cwd` (it may lead through links), else `cwd`. */
export function shownDirectory(cwd: FilePath, environment: Readonly<Record<string, string>>): FilePath {
  const shown = environment['PWD'];
  if (!shown?.startsWith('/')) return cwd;
  const path = pathFromText(shown);
  try {
    const [one, other] = [statSync(pathToBytes(path)), statSync(pathToBytes(cwd))];
    return one.ino === other.ino && one.dev === other.dev ? path : cwd;
  } catch {
    // What cannot be looked at is not known to be the same folder.
    return cwd;
  }
}

export interface ConditionFacts {
  readonly streams: RunConditions['streams'];
  readonly limits: ReadonlyMap<string, Limit>;
  readonly started: Date;
  readonly seconds: number;
  readonly local: boolean;
}

/** The conditions that a command ran under. */
export function runConditions(argv: readonly string[], options: TraceOptions, facts: ConditionFacts): RunConditions {
  const { user } = options;
  return {
    argv: [...argv],
    cwd: facts.local ? shownDirectory(options.cwd, options.environment) : options.cwd,
    environment: { ...options.environment },
    umask: options.umask ?? (facts.local ? process.umask() : 0o022),
    limits: unusualLimits(facts.limits),
    user: user ? { uid: user.uid, gid: user.gid, groups: [...(user.groups ?? [])] } : ownUser(facts.local),
    streams: facts.streams,
    started: facts.started.toISOString(),
    seconds: facts.seconds,
  };
}

function ownUser(local: boolean): RunConditions['user'] {
  if (!local) return { uid: 0, gid: 0, groups: [] };
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: process.getgroups?.() ?? [] };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
