import { TreeDigest } from '../filesystem/digest.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { Sha256 } from '../hash.js';
import type { FileEntry } from '../model/file-entry.js';
import type { SourceFacts } from './facts.js';

/** What a snapshot has, in figures. */
export interface SnapshotSummary {
  readonly source: string;
  /** How many entries there are of each type; `unknown` where a list does not say. */
  readonly entries: Readonly<Record<string, number>>;
  /** Of all files, each with several names once. */
  readonly bytes: number;
  /** Files that could not be read, and folders that could not be listed. */
  readonly unreadable: number;
  /** As `specs/digest.md` has it, with no file's time moved to an epoch; only where all of it is known. */
  readonly treeDigest?: Sha256;
  /** How many packages there are of each distribution. */
  readonly packages?: Readonly<Record<string, number>>;
  /** Files of packages. */
  readonly owned?: number;
}

export function summarize(source: string, trie: FilesystemTrie, facts: SourceFacts): SnapshotSummary {
  const entries: Record<string, number> = {};
  const digest = new TreeDigest(Number.MAX_SAFE_INTEGER);
  let [bytes, unreadable, owned, isWhole] = [0, 0, 0, true];
  for (const entry of trie) {
    const type = entry.type ?? 'unknown';
    entries[type] = (entries[type] ?? 0) + 1;
    if (entry.sameAs === undefined) bytes += entry.size ?? 0;
    if (entry.unreadable !== undefined) unreadable++;
    if (entry.package !== undefined) owned++;
    if (isWhole && isKnown(entry)) digest.add(entry);
    else isWhole = false;
  }
  return {
    ...{ source, entries, bytes, unreadable },
    ...(isWhole && { treeDigest: digest.value() }),
    ...(facts.packages && { packages: countPackages(facts.packages), owned }),
  };
}

/** Whether all is known that a digest is of. */
function isKnown(entry: PartialEntry): entry is FileEntry {
  const { type, mode, uid, gid, mtime, hash } = entry;
  return (
    type !== undefined &&
    mode !== undefined &&
    uid !== undefined &&
    gid !== undefined &&
    mtime !== undefined &&
    (type !== 'file' || hash !== undefined)
  );
}

function countPackages(packages: NonNullable<SourceFacts['packages']>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { distribution } of packages) counts[distribution] = (counts[distribution] ?? 0) + 1;
  return counts;
}
