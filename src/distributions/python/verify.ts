import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';

interface Recorded {
  readonly path: FilePath;
  /** The SHA-256 that RECORD has. */
  readonly sum: string;
  readonly package: PackageRef;
}

/** Of recorded files: those that are gone, are no files any more, or have other content. */
export async function findModified(
  recorded: readonly Recorded[],
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<Owner[]> {
  const byPath = new Map(recorded.map((each) => [each.path, each]));
  const options = { hash: true, ...(signal ? { signal } : {}) };
  const changed: Owner[] = [];
  for await (const [path, entry] of machine.files.entries([...byPath.keys()], options)) {
    const known = byPath.get(path);
    if (!known) continue;
    const rule = !entry ? 'removed' : entry.type !== 'file' ? 'replaced' : 'content';
    // Not readable for this user: its state stays what RECORD says; the snapshot names it as unreadable.
    const isSame = rule === 'content' && (entry?.hash === undefined || entry.hash === known.sum);
    if (!isSame) changed.push({ path, state: 'modified', package: known.package, rule });
  }
  return changed;
}
