import picomatch from 'picomatch';
import { showPath } from '../../model/file-path.js';
import type { NodeId } from './place-columns.js';
import { noTags } from './tag-sets.js';
import type { FilesystemTrie, TriePlace } from './trie.js';
import type { PartialEntry } from './values.js';

const none = -1;

/** One place with all that environments have there. */
export interface PlaceVersions extends TriePlace {
  /** What is known of each different entry, and the environments that have it so; none of a place on the way. */
  readonly versions: readonly PlaceVersion[];
}

export type PlaceVersion = Omit<PartialEntry, 'path'> & { readonly tags: readonly string[] };

/** Versions in the order of the first environment that has each. */
export function lookAt(trie: FilesystemTrie, node: NodeId): PlaceVersions {
  const rows = Array.from(trie.valuesOf(node), ({ row, set }) => ({ row, numbers: trie.tagSets.tags(set) }));
  const versions = rows
    .sort((a, b) => (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0))
    .map(({ row, numbers }) => {
      const { path: _, ...entry } = trie.values.entry(row, trie.pathOf(node));
      return { tags: trie.namesOf(numbers), ...entry };
    });
  return { ...trie.placeOf(node), versions };
}

/** What is looked for; all that is given must hold of a place, and of one and the same entry there. */
export interface Sought {
  /** Of the path as `showPath` shows it. */
  readonly pattern?: RegExp;
  /** Of the path, or of its last part if it has no slash. */
  readonly glob?: string;
  /** The beginning of the SHA-256 of a content. */
  readonly hash?: string;
  /** Part of the package of an entry as text, such as `libssl3` or `debian libssl3:amd64 3.0`. */
  readonly package?: string;
  /** The environment that has it. */
  readonly tag?: string;
}

/** The places that are looked for, in the order of their paths. */
export function* searchPlaces(trie: FilesystemTrie, sought: Sought): Generator<NodeId, void> {
  const isPath = pathMatcher(sought);
  const tag = sought.tag === undefined ? undefined : (trie.tagNumber(sought.tag) ?? none);
  const ofEntry = sought.hash !== undefined || sought.package !== undefined;
  for (const node of trie.inPathOrder()) {
    if (tag !== undefined && !trie.tagSets.has(trie.setOf(node), tag)) continue;
    if (ofEntry && !hasEntry(trie, node, sought, tag)) continue;
    if (isPath(showPath(trie.pathOf(node)))) yield node;
  }
}

function pathMatcher({ pattern, glob }: Sought): (path: string) => boolean {
  const stateless = pattern && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  const matches = glob === undefined ? undefined : picomatch(glob, { dot: true, basename: !glob.includes('/') });
  return (path) => (stateless?.test(path) ?? true) && (matches?.(path) ?? true);
}

function hasEntry(trie: FilesystemTrie, node: NodeId, sought: Sought, tag: number | undefined): boolean {
  const { values, tagSets } = trie;
  for (let row = trie.firstRow(node); row !== none; row = trie.nextRow(row)) {
    const set = trie.rowSet(row);
    if (set === noTags || (tag !== undefined && !tagSets.has(set, tag))) continue;
    if (sought.hash !== undefined && !values.hash(row)?.startsWith(sought.hash.toLowerCase())) continue;
    if (sought.package === undefined || values.package(row)?.includes(sought.package)) return true;
  }
  return false;
}
