import { bit } from './path-record.js';

/** What a path was opened for. */
export interface Opening {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly lists: boolean;
  readonly creates: boolean;
  /** It did not exist: O_EXCL, or the tracer looked. */
  readonly exclusive: boolean;
  /** Nothing is left of what it held. */
  readonly truncates: boolean;
}

/** The bits of what was done by opening. */
export function usesOf({ reads, writes, lists }: Opening): number {
  if (lists) return bit.listed;
  if (!reads && !writes) return bit.examined;
  return (reads ? bit.read : 0) | (writes ? bit.written : 0);
}
