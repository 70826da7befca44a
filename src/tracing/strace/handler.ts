import type { FilePath } from '../../model/file-path.js';
import { recordFailure, tidyPath } from '../calls.js';
import type { RunRecord } from '../run-record.js';
import { type Call, parseDescriptor } from './call.js';
import { quotedText } from './text.js';

/** Records one call. */
export type Handler = (call: Call, run: RunRecord) => void;

export function succeeded(call: Call): boolean {
  return call.result.value >= 0;
}

/** The absolute path of a plain path argument; undefined where strace could not read it. */
export function pathAt(call: Call, index: number, run: RunRecord): FilePath | undefined {
  const text = quotedText(call.args[index] ?? '');
  if (text === undefined || text === '') return undefined;
  return tidyPath(run.processes.absolute(call.pid, text, undefined));
}

/** The absolute path of a directory descriptor and the path after it; with an empty path, the descriptor's own. */
export function pathFrom(call: Call, index: number, run: RunRecord): FilePath | undefined {
  const text = quotedText(call.args[index + 1] ?? '');
  if (text === undefined) return undefined;
  const argument = call.args[index] ?? '';
  const base = fileOf(argument);
  if (argument.startsWith('AT_FDCWD')) {
    // What strace says of the working directory corrects what is known of it.
    if (text === '') return undefined;
    if (base !== undefined) run.processes.changeDirectory(call.pid, base);
  } else if (base === undefined && !text.startsWith('/')) {
    return undefined;
  }
  return text === '' ? base : tidyPath(run.processes.absolute(call.pid, text, base));
}

/** Whether a call with a descriptor and a path means the descriptor itself (`AT_EMPTY_PATH`). */
export function isEmptyPath(call: Call, index: number): boolean {
  return call.args[index + 1] === '""';
}

/** The file behind a descriptor argument; undefined for pipes, sockets and what was removed. */
export function fileOf(argument: string | undefined): FilePath | undefined {
  const descriptor = parseDescriptor(argument ?? '');
  return descriptor && !descriptor.deleted && descriptor.path.startsWith('/')
    ? (descriptor.path as FilePath)
    : undefined;
}

/** A call on `path` failed: nothing is there, or it was looked at all the same. */
export function failed(path: FilePath, call: Call, run: RunRecord): void {
  if (call.result.errno !== undefined) recordFailure(run, path, call.result.errno);
}
