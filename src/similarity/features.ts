import type { NodeId } from '../filesystem/trie/nodes.js';
import { noTags } from '../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';

/**
 * What two environments must agree in so that they have an entry in common: that it is there, what kind of entry it is,
 * its size, or its content (of a link: where it leads).
 */
export const levels = ['path', 'type', 'size', 'content'] as const;
export type Level = (typeof levels)[number];

/** Which entries count. In lists that do not say what an entry is, one with entries below it is a folder. */
export const entryKinds = ['all', 'files', 'folders'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** What an entry counts: one, its bytes, or more the fewer environments have it (log of all by those that have it). */
export const weightings = ['count', 'bytes', 'rarity'] as const;
export type Weighting = (typeof weightings)[number];

export interface FeatureOptions {
  readonly level: Level;
  readonly entries: EntryKind;
  readonly weighting: Weighting;
}

/** Entries that are the same at a level, grouped by the environments that have them so. */
export interface Features {
  /** Tags of the trie, ascending, by the number of the group. */
  readonly groups: readonly (readonly number[])[];
  /** What all entries of each group weigh together. */
  readonly weights: Float64Array;
  /** Files whose content is not known: at that level they are the same as none. */
  readonly unknown: number;
}

/** One pass over a trie: as most entries of many environments fall into few groups, all pairs are read off these. */
export function featuresOf(trie: FilesystemTrie, { level, entries, weighting }: FeatureOptions): Features {
  const { tagSets, values } = trie;
  let weights = new Float64Array(Math.max(tagSets.size, 1));
  let unknown = 0;
  const count = (set: number, row: number) => {
    if (set >= weights.length) weights = grown(weights, set + 1);
    weights[set] = (weights[set] ?? 0) + (weighting === 'bytes' ? (values.size(row) ?? 0) : 1);
  };
  for (let node = trie.root; node < trie.nodeCount; node++) {
    const rows = [...trie.valuesOf(node)];
    const [first] = rows;
    if (first === undefined || !isCounted(trie, node, first.row, entries)) continue;
    if (level === 'path') {
      count(
        rows.reduce((union, { set }) => tagSets.union(union, set), noTags),
        first.row,
      );
      continue;
    }
    const sets = new Map<string, { set: number; row: number }>();
    for (const { row, set } of rows) {
      const key = sameness(trie, row, level);
      if (key === undefined) {
        unknown += tagSets.tags(set).length;
        for (const tag of tagSets.tags(set)) count(tagSets.idOf([tag]), row);
        continue;
      }
      const known = sets.get(key);
      sets.set(key, { set: tagSets.union(known?.set ?? noTags, set), row });
    }
    for (const { set, row } of sets.values()) count(set, row);
  }
  const groups = Array.from(weights, (_, set) => tagSets.tags(set));
  if (weighting === 'rarity') weighByRarity(groups, weights, trie.tags.length);
  return { groups, weights, unknown };
}

function isCounted(trie: FilesystemTrie, node: NodeId, row: number, entries: EntryKind): boolean {
  if (entries === 'all') return true;
  const type = trie.values.type(row);
  const isFolder = type === undefined ? !trie.childrenOf(node).next().done : type === 'directory';
  return isFolder === (entries === 'folders');
}

/** What entries of one path share that are the same at a level; undefined where nothing can be said. */
function sameness({ values }: FilesystemTrie, row: number, level: Level): string | undefined {
  const type = values.type(row);
  if (level === 'type') return type ?? '';
  const target = values.target(row);
  if (target !== undefined) return `${type} ${target}`;
  if (level === 'size') return `${type ?? ''} ${type === 'directory' ? '' : (values.size(row) ?? '')}`;
  if (type !== undefined && type !== 'file') return type;
  return values.hash(row);
}

function weighByRarity(groups: Features['groups'], weights: Float64Array, environments: number): void {
  for (const [at, tags] of groups.entries()) {
    if (tags.length > 0) weights[at] = (weights[at] ?? 0) * Math.log(1 + environments / tags.length);
  }
}

function grown(weights: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const more = new Float64Array(Math.max(length, weights.length * 2));
  more.set(weights);
  return more;
}
