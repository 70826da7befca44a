import type { Contents } from '../archives/contents.js';
import type { Machine } from '../machines/machine.js';
import type { Trace } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { NeverCarry } from '../spec/secrets/never-carry.js';
import { privateRule } from '../spec/secrets/private-rule.js';
import { carryFile, readHead } from './contents-of.js';

/** A file that the caller's shell gave to a command that ran on another machine than that shell. */
export interface CallersFile {
  /** As it lies on the caller's machine, with its hash. */
  readonly entry: FileEntry;
  readonly stream: 'stdin' | 'output';
  readonly carried: boolean;
}

export interface CallersRequest {
  readonly trace: Trace;
  /** Where the caller's shell runs; undefined where the command ran there too. */
  readonly caller: Machine | undefined;
  readonly never: NeverCarry;
  readonly contents: Contents;
  readonly carryInputs: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Finds redirected files where they are: on the caller's machine, by paths that mean nothing where the command ran. */
export async function findCallersFiles(request: CallersRequest): Promise<ReadonlyMap<FilePath, CallersFile>> {
  const { trace, caller, never, contents, carryInputs, signal } = request;
  const found = new Map<FilePath, CallersFile>();
  if (caller === undefined) return found;
  const { stdin, stdout, stderr } = trace.conditions.streams;
  for (const each of [stdin, stdout, stderr]) {
    const { kind, path } = each;
    if (kind !== 'file' || path === undefined || isKernelPath(path) || never.byPath(path)) continue;
    const present = await caller.files.lstat(path);
    if (present?.type !== 'file') continue;
    if (privateRule(never, path, await readHead(caller.files, present), { inTree: false })) continue;
    const stream = each === stdin ? 'stdin' : 'output';
    const carried = stream === 'stdin' && carryInputs;
    const entry = carried ? await carryFile(caller, contents, present) : await hashed(caller, path, signal);
    if (entry) found.set(path, { entry, stream, carried });
  }
  return found;
}

async function hashed(caller: Machine, path: FilePath, signal: AbortSignal | undefined) {
  for await (const [, entry] of caller.files.entries([path], { hash: true, ...(signal ? { signal } : {}) }))
    return entry;
  return undefined;
}
