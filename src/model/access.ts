import type { Sha256 } from '../hash.js';
import type { FilePath } from './file-path.js';

/**
 * How a run used a path.
 * `read`, `written`: opened for it (`written` also: truncated, or the target of a rename or link). `executed`: the
 * program, its shebang interpreters and the loader. `listed`: a directory opened for its entries. `examined`: stat,
 * access, readlink. `created`, `removed`: the entry appeared or went by an act of the run. `entered`: became a working
 * directory. `absent`: asked for and not there.
 */
export const uses = [
  'read',
  'written',
  'executed',
  'listed',
  'examined',
  'created',
  'removed',
  'entered',
  'absent',
] as const;

export type Use = (typeof uses)[number];

/**
 * What is compared of the uses of a path: of one that the run changes only that it does (what was there before decides
 * how); of one that was there, a look at it counts only where nothing else was done.
 */
export function waysOfUse(used: ReadonlySet<Use> | undefined): Use[] {
  if (used === undefined) return [];
  if (used.has('created') || used.has('written') || used.has('removed')) return ['written'];
  const ways = (['read', 'executed', 'listed', 'entered'] as const).filter((use) => used.has(use));
  if (ways.length > 0) return ways;
  return used.has('examined') ? ['examined'] : ['absent'];
}

/** One path with how the run used it. One access per `path`; every use that was seen is in `uses`, in that order. */
export interface Access {
  /** As the program asked, made absolute by the working directory or directory descriptor; links not followed. */
  readonly path: FilePath;
  /** Where the kernel ended up, when that is known and differs from `path`; of what it opened it is known: {@link endOf}. */
  readonly resolved?: FilePath;
  readonly uses: readonly Use[];
  /**
   * Of a path that the run changed: what was there before (`unknown`: something, but its content is not known; `same`:
   * only its mode or owner was changed).
   */
  readonly before?: 'absent' | 'unknown' | 'same' | ContentBefore;
}

/** Where the path of what was opened, and left as it was, ends when all links are followed; of others that is not sure. */
export function endOf(access: Access): FilePath | undefined {
  const { path, resolved = path, uses } = access;
  return uses.some(isOpening) && !hasChanged(access) ? resolved : undefined;
}

function isOpening(use: Use): boolean {
  return use === 'read' || use === 'executed' || use === 'listed' || use === 'entered';
}

/** Whether the run changed what is at the path itself, if only its mode or owner, or took it away. */
export function hasChanged({ uses, before }: Pick<Access, 'uses' | 'before'>): boolean {
  return before !== undefined || uses.some(isChange);
}

function isChange(use: Use): boolean {
  return use === 'written' || use === 'created' || use === 'removed';
}

/** The content of a file just before the run changed it for the first time. */
export interface ContentBefore {
  readonly hash: Sha256;
  readonly size: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** A file of this machine that holds it, while the trace is worked on. */
  readonly kept?: string;
  /** The run never depended on it: all that it did was to write something else in its place. */
  readonly overwritten?: true;
}

/** What one of the three standard descriptors was connected to when the command started. */
export interface StandardStream {
  readonly kind: 'terminal' | 'pipe' | 'file' | 'null' | 'socket' | 'other' | 'closed';
  /** Of a `file`. */
  readonly path?: FilePath;
  /** Of a `file` written to: opened with O_APPEND, or already past its start. */
  readonly append?: boolean;
  /** Of one that is appended to: where in the file the command began to write. */
  readonly from?: number;
  /** Of a pipe written to: what went through it, where all of it was seen. */
  readonly content?: { readonly hash: Sha256; readonly size: number };
  /** Of standard error: it is the same pipe as standard output. */
  readonly withStdout?: true;
}

export interface Exit {
  /** The exit code, or 128 + the signal's number. */
  readonly code: number;
  readonly signal?: string;
}

/** One process of the run. */
export interface TracedProcess {
  readonly pid: number;
  readonly parent?: number;
  /** Of its last successful exec; bytes as latin1, masked for secrets before anything is written. */
  readonly argv: readonly string[];
  /** Of the execs before that one, the first few: a script that ends in `exec`, say. */
  readonly earlier?: readonly (readonly string[])[];
  readonly executable?: FilePath;
  /** The program that started it. */
  readonly startedBy?: ProgramOfRun;
  readonly exit?: Exit;
  /** Of its start: the working directory and the user. */
  readonly cwd?: FilePath;
  readonly uid?: number;
  /** Its key in the trace's environments. */
  readonly environment?: string;
  /** Seconds since the command started. */
  readonly started?: number;
  readonly ended?: number;
  readonly usage?: ResourceUsage;
}

/**
 * One program that a process was: the process's place in `processes`, and which of its execs; 0 is before the first one,
 * while it was what its parent is.
 */
export type ProgramOfRun = readonly [process: number, exec: number];

/** What a process took of the machine until its end; what the tracer could not learn is missing. */
export interface ResourceUsage {
  /** CPU seconds. */
  readonly user?: number;
  readonly system?: number;
  /** Peak resident memory in bytes. */
  readonly peak?: number;
  /** Bytes that its calls read and wrote. */
  readonly read?: number;
  readonly written?: number;
  /** Context switches. */
  readonly switches?: number;
}

/** The conditions a command ran under, before secrets are taken out. */
export interface RunConditions {
  readonly argv: readonly string[];
  readonly cwd: FilePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly umask: number;
  /** Soft limits that differ from the usual, by their name in `ulimit`/`prlimit` (`nofile`, `stack`); bytes or counts. */
  readonly limits: Readonly<Record<string, number | 'unlimited'>>;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly streams: {
    readonly stdin: StandardStream;
    readonly stdout: StandardStream;
    readonly stderr: StandardStream;
  };
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly seconds: number;
  /** The command ran already when the trace began: what it did before is not recorded. */
  readonly attached?: true;
}

/** The record of what one command run did: what tracing gives to everything after it. */
export interface Trace {
  readonly tracer: { readonly name: string; readonly version: string };
  readonly conditions: RunConditions;
  /** Absent where the trace left the command while it ran. */
  readonly exit?: Exit;
  /** Sorted by path. */
  readonly accesses: readonly Access[];
  readonly processes: readonly TracedProcess[];
  /** Of a path the first few programs that used it. */
  readonly touched?: ReadonlyMap<FilePath, readonly ProgramOfRun[]>;
  /** `NAME=VALUE` as bytes in latin1, by the key that processes name; before secrets are taken out. */
  readonly environments?: Readonly<Record<string, readonly string[]>>;
  /** Network addresses and sockets that the run connected to; a service outside the trace cannot be proved. */
  readonly connections: readonly string[];
  /** What could not be seen, and what makes the run hard to repeat, in whole sentences. */
  readonly notes: readonly string[];
}

/** A trace that saw the command end. */
export type CompleteTrace = Trace & { readonly exit: Exit };
