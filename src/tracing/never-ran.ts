import { type CompleteTrace, uses } from '../model/access.js';
import { comparePaths, showPath } from '../model/file-path.js';
import type { Lookup } from './lookup.js';

/** Exit codes of a command that could not be run, as in env(1). */
const cannotExecute = 126;
const notFound = 127;

/** The outcome of a command that never ran: that it is missing is a result like any other. */
export type NeverRan = Pick<CompleteTrace, 'exit' | 'accesses' | 'processes' | 'connections' | 'notes'>;

export function neverRan(word: string, lookup: Exclude<Lookup, { kind: 'found' }>): NeverRan {
  const none = { processes: [], connections: [] };
  if (lookup.kind === 'not-executable') {
    return {
      ...none,
      exit: { code: cannotExecute },
      accesses: [{ path: lookup.path, uses: uses.filter((use) => use === 'examined') }],
      notes: [`The command did not run: ${showPath(lookup.path)} is not a program that may be executed.`],
    };
  }
  const tried = [...new Set(lookup.tried)].sort(comparePaths);
  return {
    ...none,
    exit: { code: notFound },
    accesses: tried.map((path) => ({ path, uses: ['absent'] as const })),
    notes: [`The command did not run: ${word} was not found${word.includes('/') ? '' : ' on PATH'}.`],
  };
}
