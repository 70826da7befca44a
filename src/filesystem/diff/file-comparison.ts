import type { FilePath } from '../../model/file-path.js';
import type { PartialEntry } from '../trie/values.js';

/**
 * What can be said of a path that is not the same in two filesystems; several may hold at once. `link`: where a symlink
 * leads. `identity`: which names are of one file. `time`: when a file was changed last.
 */
export const verdicts = [
  'added',
  'removed',
  'moved',
  'copied',
  'type',
  'content',
  'link',
  'mode',
  'owner',
  'attributes',
  'identity',
  'time',
] as const;

export type Verdict = (typeof verdicts)[number];

/** One path that is not the same, or one directory with all below it. */
export interface FileChange {
  /** Where it is in the second filesystem; of what was removed, where it was in the first. */
  readonly path: FilePath;
  /** Where it was in the first filesystem, when that is another place. */
  readonly from?: FilePath;
  readonly verdicts: readonly Verdict[];
  readonly before?: PartialEntry;
  readonly after?: PartialEntry;
  /** Of a directory that was moved or copied: what it has below it, all of which this one change tells. */
  readonly whole?: Extent;
  /** Of a directory that was moved in part: how much of its files is the same, 0.8 to 1. */
  readonly share?: number;
  /** Of `identity`: the other name that was, or is now, of the same file; of a further name of a file: one it had. */
  readonly sharedWith?: FilePath;
  /** The published rule by which it may differ between two honest builds. */
  readonly rule?: string;
}

/** How much lies below a place, itself included. */
export interface Extent {
  readonly entries: number;
  readonly bytes: number;
}

/** A difference that was asked not to count. */
export interface Normalized {
  readonly path: FilePath;
  readonly from?: FilePath;
  readonly rule: string;
  /** How many entries are told by this one, when it is a directory. */
  readonly entries: number;
}

/** How many entries of a filesystem tell what. */
export interface Knowledge {
  readonly entries: number;
  readonly files: number;
  readonly types: number;
  readonly modes: number;
  readonly sizes: number;
  readonly hashes: number;
}

/** Two filesystems with every difference named. */
export interface FileComparison {
  /** In the order of their paths. */
  readonly changes: readonly FileChange[];
  /** Differences that a published rule names: they tell nothing. */
  readonly volatile: readonly FileChange[];
  readonly normalized: readonly Normalized[];
  /** Places that both have and in which nothing is known to differ. */
  readonly same: number;
  /** How many of these are files of which the content is not known on both sides. */
  readonly unproved: number;
  readonly one: Knowledge;
  readonly other: Knowledge;
}
