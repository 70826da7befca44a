import { changeCalls, pathCalls } from './file-calls.js';
import type { Handler } from './handler.js';
import { processCalls } from './process-calls.js';

/** What each system call means. The keys are also what strace is asked to show. */
export const syscalls: ReadonlyMap<string, Handler> = new Map(
  Object.entries({ ...pathCalls, ...changeCalls, ...processCalls }),
);
