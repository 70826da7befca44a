import { type Use, uses } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';

/** What one path was used for, and what its uses tell about its state before the run. */
export interface PathRecord {
  readonly path: FilePath;
  /** One bit per {@link Use}, then the evidence below. */
  bits: number;
  /** Who used it: a set of {@link UserSets}. */
  users?: number;
  resolved?: FilePath;
}

export const bit = Object.fromEntries(uses.map((use, at) => [use, 1 << at])) as Readonly<Record<Use, number>>;

/** The bits that are uses. */
export const usesMask = (1 << uses.length) - 1;

/** Evidence about the entry at a path, kept beside its uses. */
export const evidence = {
  /** It was there before the run changed it, or may have been. */
  existed: 1 << 10,
  /** It was not there before the run made it. */
  missing: 1 << 11,
  /** The run changed it. */
  changed: 1 << 12,
  /** It was opened with O_CREAT, and whether it existed then is not known. */
  maybeCreated: 1 << 13,
  /** As far as the run has shown, it is not there now. */
  gone: 1 << 14,
  /** Some use followed a link at the last component. */
  followed: 1 << 15,
  /** An exec of it failed with ENOENT, which may also mean that its interpreter is missing. */
  execFailed: 1 << 16,
  /** It is, or was, a link that the run made: what is reached through it is used by its own name. */
  madeLink: 1 << 17,
  /** A call on it failed with EACCES: the file or a folder before it is closed to the user. */
  refused: 1 << 18,
  /** What was there before the run changed it mattered: it was read, written into, moved or removed. */
  mattered: 1 << 19,
  /** The run changed its mode or owner, which leaves the content as it was. */
  attributed: 1 << 20,
} as const;

/** The uses in a record's bits, in the order of the model. */
export function usesIn(bits: number): Use[] {
  return uses.filter((use) => (bits & bit[use]) !== 0);
}
