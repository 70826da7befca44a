import type { PartialEntry } from '../trie/values.js';
import type { Verdict } from './file-comparison.js';

export interface EntryDifference {
  readonly verdicts: readonly Verdict[];
  /** Whether it is a file of which nobody knows whether the content is the same. */
  readonly unproved: boolean;
}

/** What differs between two entries, as far as both tell it. Times count for files only: others change with what is in them. */
export function compareEntries(
  before: PartialEntry,
  after: PartialEntry,
  options: { readonly times: boolean; readonly isDirectory: boolean },
): EntryDifference {
  const verdicts: Verdict[] = [];
  const isOtherType = differs(before.type, after.type);
  const type = before.type ?? after.type ?? (options.isDirectory ? 'directory' : 'file');
  const content = isOtherType || type !== 'file' ? 'same' : contentOf(before, after);
  if (isOtherType) verdicts.push('type');
  if (content === 'other') verdicts.push('content');
  if (!isOtherType && type === 'symlink' && differs(before.target, after.target)) verdicts.push('link');
  // A link's own mode is not kept everywhere, and says nothing.
  if (!isOtherType && type !== 'symlink' && differs(before.mode, after.mode)) verdicts.push('mode');
  if (differs(before.uid, after.uid) || differs(before.gid, after.gid)) verdicts.push('owner');
  if (!isOtherType && differs(before.attributes, after.attributes)) verdicts.push('attributes');
  if (options.times && !isOtherType && type === 'file' && differs(before.mtime, after.mtime)) verdicts.push('time');
  return { verdicts, unproved: content === 'unknown' };
}

function contentOf(before: PartialEntry, after: PartialEntry): 'same' | 'other' | 'unknown' {
  if (before.hash !== undefined && after.hash !== undefined) return before.hash === after.hash ? 'same' : 'other';
  if (differs(before.size, after.size)) return 'other';
  return before.size === 0 && after.size === 0 ? 'same' : 'unknown';
}

/** Whether both are known and not the same. */
function differs(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
