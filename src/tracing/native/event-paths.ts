import type { FilePath } from '../../model/file-path.js';
import { recordFailure, tidyPath } from '../calls.js';
import type { RunRecord } from '../run-record.js';
import type { LogEvent } from './log-format.js';

/** One kind of event. */
export type EventOf<Name extends LogEvent['event']> = Extract<LogEvent, { event: Name }>;

/** What each of some kinds of events means. */
export type Handlers<Name extends LogEvent['event']> = {
  readonly [Each in Name]: (event: EventOf<Each>, run: RunRecord) => void;
};

/** An event about a path that a process named. */
export interface PathEvent {
  readonly p: number;
  readonly path: string;
  readonly base?: string | undefined;
  readonly real?: string | undefined;
  readonly errno?: string | undefined;
}

/** The absolute path that a call named; undefined for what has none, or none that leads there from outside. */
export function askedPath({ p, path, base, real }: PathEvent, run: RunRecord): FilePath | undefined {
  if (real === '') return undefined;
  if (path === '') return (real ?? base) as FilePath | undefined;
  // Inside a container only where the kernel ended up means anything to us.
  if (real !== undefined && run.processes.isApart(p)) return real as FilePath;
  return absolutePath(p, path, base, run);
}

/** The same for the second path of a rename or link. */
export function newPath(event: EventOf<'rename' | 'link'>, run: RunRecord): FilePath | undefined {
  const { p, toPath, toBase, toReal } = event;
  if (toReal === '') return undefined;
  if (toReal !== undefined && run.processes.isApart(p)) return toReal as FilePath;
  return absolutePath(p, toPath, toBase, run);
}

function absolutePath(p: number, path: string, base: string | undefined, run: RunRecord): FilePath {
  return tidyPath(run.processes.absolute(p, path, base as FilePath | undefined));
}

/** Calls `act` with the path of a call that succeeded; records the failure of one that did not. */
export function onSuccess(event: PathEvent, run: RunRecord, act: (path: FilePath) => void): void {
  const path = askedPath(event, run);
  if (path === undefined) return;
  if (event.errno === undefined) act(path);
  else recordFailure(run, path, event.errno);
}

/** The working directory of a process. */
export function directoryOf(p: number, run: RunRecord): FilePath {
  return run.processes.absolute(p, '.', undefined);
}
