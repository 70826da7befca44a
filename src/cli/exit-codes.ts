import { constants } from 'node:os';
import type { ErrorKind } from '../errors.js';

/** Exit codes of the verbs that do our own work. */
export const exitCodes = {
  done: 0,
  differences: 1,
  usage: 2,
  'not-ready': 3,
  'step-failed': 4,
  'not-rebuildable': 5,
  'not-proved': 6,
} as const satisfies Record<ErrorKind | 'done' | 'differences', number>;

/** Exit codes of the verbs that stand for another command (trace, exec, login), as env(1) has them. */
export const wrapperExitCodes = { failed: 125, cannotExecute: 126, notFound: 127 } as const;

/** The exit code of a process that a signal ended. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
