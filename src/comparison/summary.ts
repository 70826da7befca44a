import { type FileChange, type Verdict, verdicts } from '../filesystem/diff/file-comparison.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import { showMode } from '../model/file-entry.js';
import { showPath } from '../model/file-path.js';
import { showBytes } from '../model/sizes.js';

/** How many paths each verdict holds for; of what was moved or copied as a whole the directory is one. */
export function countVerdicts(changes: readonly FileChange[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of verdicts) {
    const count = changes.filter((change) => change.verdicts.includes(verdict)).length;
    if (count > 0) counts[verdict] = count;
  }
  return counts;
}

/** Bytes of files that are only on one side; what was copied is added, and what was moved is neither. */
export function bytesOf(changes: readonly FileChange[]): { readonly added: number; readonly removed: number } {
  const sum = { added: 0, removed: 0 };
  for (const { verdicts: told, before, after, whole, sharedWith } of changes) {
    // A further name of a file takes no room.
    if (sharedWith !== undefined) continue;
    const [one, other] = [sizeOf(before), sizeOf(after)];
    if (told.includes('added')) sum.added += other;
    else if (told.includes('removed')) sum.removed += one;
    else if (told.includes('copied')) sum.added += whole?.bytes ?? other;
    else if (told.includes('content') || told.includes('type')) {
      sum.added += Math.max(0, other - one);
      sum.removed += Math.max(0, one - other);
    }
  }
  return sum;
}

function sizeOf(entry: PartialEntry | undefined): number {
  return entry?.type === undefined || entry.type === 'file' ? (entry?.size ?? 0) : 0;
}

/** What there is to say of a change beside its path, such as `0644 > 0755`. */
export function detailsOf({ verdicts: told, before, after, whole, share, sharedWith, rule }: FileChange): string {
  const details: string[] = [];
  if (whole && whole.entries > 1) details.push(`${whole.entries} entries, ${showBytes(whole.bytes)}`);
  if (share !== undefined) details.push(`${Math.floor(share * 100)} % of its files the same`);
  if (told.includes('added') && sharedWith === undefined && after?.size) details.push(showBytes(after.size));
  if (told.includes('removed') && before?.size) details.push(showBytes(before.size));
  if (told.includes('type')) details.push(`${before?.type} > ${after?.type}`);
  if (told.includes('content')) details.push(sizes(before, after));
  if (told.includes('link')) details.push(`to ${showTarget(before)} > ${showTarget(after)}`);
  if (told.includes('mode')) details.push(`${modeOf(before)} > ${modeOf(after)}`);
  if (told.includes('owner')) details.push(`${before?.uid}:${before?.gid} > ${after?.uid}:${after?.gid}`);
  if (told.includes('attributes')) details.push(`${namesOf(before)} > ${namesOf(after)}`);
  if (told.includes('time')) details.push(`${showTime(before?.mtime)} > ${showTime(after?.mtime)}`);
  if (sharedWith !== undefined)
    details.push(`a name of ${showPath(sharedWith)}${told.includes('identity') ? ' on one side only' : ''}`);
  if (rule !== undefined) details.push(`rule ${rule}`);
  return details.join('; ');
}

function modeOf(entry: PartialEntry | undefined): string {
  return entry?.mode === undefined ? '?' : showMode(entry.mode);
}

function showTarget(entry: PartialEntry | undefined): string {
  return entry?.target === undefined ? '?' : showPath(entry.target);
}

function sizes(before: PartialEntry | undefined, after: PartialEntry | undefined): string {
  const [one, other] = [before?.size ?? 0, after?.size ?? 0];
  return one === other ? `${showBytes(one)}, other content` : `${showBytes(one)} > ${showBytes(other)}`;
}

function namesOf(entry: PartialEntry | undefined): string {
  const names = (entry?.attributes ?? '').split('\n').flatMap((line) => line.split('=', 1)[0] || []);
  return names.length === 0 ? 'none' : names.join(' ');
}

function showTime(seconds: number | undefined): string {
  return seconds === undefined ? '?' : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
