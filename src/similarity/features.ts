import { withRoom } from '../filesystem/trie/columns.js';
import type { NodeId } from '../filesystem/trie/nodes.js';
import { noTags, type TagSets } from '../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { comparePaths } from '../model/file-path.js';
import type { EntryKind, FeatureOptions, FileLevel, Weighting } from './levels.js';

const none = -1;

/** What is the same at a level, grouped by the environments that have it so. */
export interface Features {
  /** Tags of the trie, ascending, by the number of the group; each set once, in the order of their tags. */
  readonly groups: readonly (readonly number[])[];
  /** What all of each group weighs together. */
  readonly weights: Float64Array;
  /** Files whose content is not known: at that level they are the same as none. */
  readonly unknown: number;
}

/** Of what is compared of files. */
export interface EntryOptions extends FeatureOptions {
  readonly level: FileLevel;
  /** Which places count at all, by their paths. */
  readonly isMine?: (path: string) => boolean;
}

/** One pass over a trie: as most entries of many environments fall into few groups, all pairs are read off these. */
export function featuresOf(trie: FilesystemTrie, options: EntryOptions): Features {
  return weighted(entriesOf(trie, options), options.weighting, trie.tags.length);
}

/** As `featuresOf`, before what is rare is known: parts of it can be put together. */
export function entriesOf(trie: FilesystemTrie, options: EntryOptions): Features {
  const { tagSets } = trie;
  const { level, entries, weighting, isMine } = options;
  let weights = new Float64Array(tagSets.size);
  let unknown = 0;
  const count = (set: number, weight: number) => {
    if (set >= weights.length) weights = withRoom(weights, set + 1);
    weights[set] = (weights[set] ?? 0) + weight;
  };
  /** Of most places all is said by the set of those that have them. */
  const isPlain = level === 'path' && entries === 'all' && weighting !== 'bytes';
  for (let node = trie.root; node < trie.nodeCount; node++) {
    const first = trie.firstRow(node);
    if (first === none || (isMine && !isMine(trie.pathOf(node)))) continue;
    if (isPlain && trie.nextRow(first) === none) {
      count(trie.rowSet(first), 1);
      continue;
    }
    const rows = rowsAt(trie, node);
    if (rows[0] === undefined || !isCounted(trie, node, rows[0].row, entries)) continue;
    const kept = entries === 'leaves' ? leavesOnly(trie, node, rows) : rows;
    for (const group of sameRows(trie, kept, level)) {
      if (group.isUnknown) unknown += 1;
      if (weighting !== 'bytes') count(unionOf(trie, group.rows), 1);
      else for (const { set, weight } of sharedBytes(trie, group.rows)) count(set, weight);
    }
  }
  return inOrder(groupsIn(weights, tagSets), unknown);
}

function* groupsIn(weights: Float64Array, tagSets: TagSets): Generator<Group, void> {
  for (const [set, weight] of weights.entries()) if (weight !== 0) yield { tags: tagSets.tags(set), weight };
}

interface Row {
  readonly row: number;
  readonly set: number;
}

interface SameRows {
  readonly rows: readonly Row[];
  readonly isUnknown?: true;
}

/** What is at one place, by what is the same of it; of an entry of which that is not known each environment has its own. */
function sameRows(trie: FilesystemTrie, rows: readonly Row[], level: FileLevel): readonly SameRows[] {
  const [first, second] = rows;
  if (level === 'path' || (first && !second && isKnown(trie, first.row, level))) return first ? [{ rows }] : [];
  const groups = new Map<string, Row[]>();
  const apart: SameRows[] = [];
  for (const { row, set } of rows) {
    const key = sameness(trie, row, level);
    if (key === undefined) {
      const { tagSets } = trie;
      for (const tag of tagSets.tags(set)) apart.push({ rows: [{ row, set: tagSets.idOf([tag]) }], isUnknown: true });
      continue;
    }
    const known = groups.get(key);
    if (known) known.push({ row, set });
    else groups.set(key, [{ row, set }]);
  }
  return [...apart, ...[...groups.values()].map((group) => ({ rows: group }))];
}

function rowsAt(trie: FilesystemTrie, node: NodeId): Row[] {
  const rows: Row[] = [];
  for (let row = trie.firstRow(node); row !== -1; row = trie.nextRow(row)) {
    const set = trie.rowSet(row);
    if (set !== noTags) rows.push({ row, set });
  }
  return rows;
}

function unionOf({ tagSets }: FilesystemTrie, rows: readonly Row[]): number {
  return rows.reduce((union, { set }) => tagSets.union(union, set), noTags);
}

/** Of files that are the same but for their size, the bytes of the smaller are in common. */
function sharedBytes(trie: FilesystemTrie, rows: readonly Row[]): { set: number; weight: number }[] {
  const { tagSets, values } = trie;
  const [first] = rows;
  if (first && rows.length === 1) return [{ set: first.set, weight: values.size(first.row) ?? 0 }];
  const amounts = rows.map(({ row, set }) => ({ tags: tagSets.tags(set), amount: values.size(row) ?? 0 }));
  return sharedAmounts(amounts).map(({ tags, weight }) => ({ set: tagSets.idOf(tags), weight }));
}

/** Amounts of one thing as groups: what any number of environments have in common is the smallest of their amounts. */
export function sharedAmounts(having: readonly { tags: readonly number[]; amount: number }[]): Group[] {
  const groups: Group[] = [];
  let below = 0;
  for (const amount of [...new Set(having.map((each) => each.amount))].sort((a, b) => a - b)) {
    const tags = having.flatMap((each) => (each.amount >= amount ? each.tags : []));
    groups.push({ tags: tags.sort((a, b) => a - b), weight: amount - below });
    below = amount;
  }
  return groups;
}

/** Environments, ascending, and what they have in common. */
export interface Group {
  readonly tags: readonly number[];
  readonly weight: number;
}

/** One way for what was counted in whatever order, and in however many parts. */
export function inOrder(counted: Iterable<Group>, unknown: number): Features {
  const byTags = new Map<string, Group>();
  for (const { tags, weight } of counted) {
    if (weight === 0 || tags.length === 0) continue;
    const key = String.fromCharCode(...tags);
    byTags.set(key, { tags, weight: (byTags.get(key)?.weight ?? 0) + weight });
  }
  const ordered = [...byTags].sort(([a], [b]) => comparePaths(a, b)).map(([, group]) => group);
  return {
    groups: ordered.map(({ tags }) => tags),
    weights: Float64Array.from(ordered, ({ weight }) => weight),
    unknown,
  };
}

/** What is rare counts more, where that is asked for: by the logarithm of all environments by those that have it. */
export function weighted(features: Features, weighting: Weighting, environments: number): Features {
  if (weighting !== 'rarity') return features;
  const rarity = (at: number) => Math.log(1 + environments / (features.groups[at]?.length ?? 1));
  return { ...features, weights: features.weights.map((weight, at) => weight * rarity(at)) };
}

/** Whether the entry of a place is of the kind that counts; of leaves each environment decides for itself. */
export function isCounted(trie: FilesystemTrie, node: NodeId, row: number, entries: EntryKind): boolean {
  if (entries === 'all' || entries === 'leaves') return true;
  const type = trie.values.type(row);
  const isFolder = type === undefined ? !trie.childrenOf(node).next().done : type === 'directory';
  return isFolder === (entries === 'folders');
}

/** What entries of one name share that are the same at a level; undefined where nothing can be said. */
export function sameness({ values }: FilesystemTrie, row: number, level: FileLevel): string | undefined {
  if (level === 'path') return '';
  const type = values.type(row);
  if (level === 'type') return type ?? '';
  const target = values.target(row);
  if (target !== undefined) return `${type} ${target}`;
  if (level === 'size') return `${type ?? ''} ${type === 'directory' ? '' : (values.size(row) ?? '')}`;
  if (type !== undefined && type !== 'file') return type;
  return values.hash(row);
}

/** Whether there is a `sameness`, without computing it. */
function isKnown({ values }: FilesystemTrie, row: number, level: FileLevel): boolean {
  if (level !== 'content') return true;
  return (values.type(row) ?? 'file') !== 'file' || values.hasHash(row) || values.target(row) !== undefined;
}

/** Of what is at a place, what has nothing below it where it is. */
function leavesOnly(trie: FilesystemTrie, node: NodeId, rows: readonly Row[]): Row[] {
  if (!trie.hasChildren(node)) return [...rows];
  const { tagSets } = trie;
  let below = noTags;
  for (const child of trie.childrenOf(node)) below = tagSets.union(below, trie.setOf(child));
  return rows.flatMap(({ row, set }) => {
    const tags = tagSets.tags(set).filter((tag) => !tagSets.has(below, tag));
    return tags.length === 0 ? [] : [{ row, set: tagSets.idOf(tags) }];
  });
}
