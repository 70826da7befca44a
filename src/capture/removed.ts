import type { Access } from '../model/access.js';
import { comparePaths, type FilePath, showPath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import type { ManifestAbsent } from '../spec/document/schema.js';

/**
 * Files that a package brings, that the run looked for, and that are not there: removed by people, or left out
 * when the package was unpacked. Installing the package alone would put them there.
 */
export function listRemoved(accesses: readonly Access[], owners: ReadonlyMap<FilePath, Owner>): ManifestAbsent[] {
  const removed = new Map<FilePath, ManifestAbsent>();
  for (const { path, uses, before } of accesses) {
    const owner = owners.get(path);
    // What the run itself removed was there when it began.
    if (owner?.rule !== 'removed' || before !== undefined || uses.includes('removed')) continue;
    const why = owner.package && `not on the origin, though ${owner.package.name} brings it`;
    removed.set(path, { path: showPath(path), ...(why === undefined ? {} : { why }) });
  }
  return [...removed].sort(([a], [b]) => comparePaths(a, b)).map(([, absent]) => absent);
}
