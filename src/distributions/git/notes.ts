import { type FilePath, showPath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import type { Origin } from './origin.js';
import { isPlaced, type LockedContent, type LockedRepository } from './schema.js';

/** What keeps the commit from being had again, as whole sentences. */
export function originProblems(
  { version }: PackageRef,
  { remotes, isElsewhere }: Origin,
  checkout: LockedRepository['checkout'],
): string[] {
  if (isElsewhere) return [];
  const commit = version.slice(0, 12);
  const isKnown = remotes.some(({ hasCommit }) => hasCommit);
  const where = /^0+$/.test(version)
    ? 'Nothing was committed yet'
    : remotes.length === 0
      ? `There is no remote that could have commit ${commit}`
      : isKnown
        ? `Commit ${commit} is only on a remote of this machine`
        : `Commit ${commit} is on no remote-tracking branch`;
  if (!checkout) return [`${where}.`];
  return [
    checkout.carried
      ? `${where}: its files are carried.`
      : `${where}, and its files are not carried: it is not reinstallable elsewhere; push it, or trace with --repack missing.`,
  ];
}

/** Contents of git-annex and git-lfs that are too large to be carried, with who has them. */
export function missingContents(contents: readonly LockedContent[]): string[] {
  return contents
    .filter((content) => !isPlaced(content))
    .map(({ file, size, key, places = [] }) => {
      const what = `${file} (${size} bytes) is data`;
      if (key === undefined) return `${what} of git-lfs: get it with git lfs pull, and give it with --inputs.`;
      const where = places.length > 0 ? `; ${places.join(', ')} ${places.length === 1 ? 'has' : 'have'} it` : '';
      return `${what} of git-annex, key ${key}${where}: get it with datalad get, and give it with --inputs.`;
    });
}

/** Tracked files that are too private to be put in place. */
export function leftOutNotes(all: readonly FilePath[], placed: readonly FilePath[]): string[] {
  const kept = new Set(placed);
  const paths = all.filter((path) => !kept.has(path));
  if (paths.length === 0) return [];
  const shown = paths.slice(0, 3).map(showPath).join(', ');
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return [`${shown}${more}: too private to be carried, and left out.`];
}
