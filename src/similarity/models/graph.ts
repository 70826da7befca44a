import { noTags } from '../../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import {
  type EntryOptions,
  type Features,
  type Group,
  inOrder,
  isCounted,
  sharedAmounts,
  weighted,
} from '../features.js';
import { Shapes } from './shapes.js';

/**
 * Trees: an entry is the same as another where its name, what it is at the level, and all that lies below it are the
 * same, wherever in its tree it lies. How many of each shape two trees have both is what they have in common: software
 * that was moved as a whole stays the same but for the folders above it, and one changed file changes each of them.
 * Exact: shapes are compared themselves, not their digests.
 */
export function subtreesOf(trie: FilesystemTrie, options: EntryOptions): Features {
  const shapes = new Shapes(trie, options.level);
  const having = new Having();
  // A place is made after the one above it: this is from the ground up.
  for (let node = trie.nodeCount - 1; node >= trie.root; node--) {
    if (trie.setOf(node) === noTags) continue;
    const below = shapes.add(node);
    const row = trie.firstRow(node);
    if (row === -1 || !isCounted(trie, node, row, options.entries)) continue;
    // A place on the way is none of the environments that have no entry there.
    for (const { set, id } of below) having.add(id, entriesOnly(trie, node, set));
  }
  return weighted(inOrder(having.groups(trie), shapes.unknown), options.weighting, trie.tags.length);
}

function entriesOnly(trie: FilesystemTrie, node: number, set: number): number {
  const row = trie.firstRow(node);
  if (trie.rowSet(row) === set) return set;
  const { tagSets } = trie;
  return tagSets.idOf(tagSets.tags(set).filter((tag) => trie.rowOf(node, tag) !== -1));
}

/** How often which environments have each shape. Most shapes are always there for the same. */
class Having {
  private readonly sets: number[] = [];
  private readonly counts: number[] = [];
  private readonly more = new Map<number, Map<number, number>>();

  add(id: number, set: number): void {
    if (set === noTags) return;
    if (this.sets[id] === undefined) this.sets[id] = set;
    if (this.sets[id] === set) {
      this.counts[id] = (this.counts[id] ?? 0) + 1;
      return;
    }
    const others = this.more.get(id) ?? new Map<number, number>();
    this.more.set(id, others.set(set, (others.get(set) ?? 0) + 1));
  }

  groups({ tagSets }: FilesystemTrie): Group[] {
    const bySet = new Map<number, number>();
    const groups: Group[] = [];
    for (const [id, set] of this.sets.entries()) {
      if (set === undefined) continue;
      const count = this.counts[id] ?? 0;
      const more = this.more.get(id);
      if (!more) {
        bySet.set(set, (bySet.get(set) ?? 0) + count);
        continue;
      }
      const amounts = new Map<number, number>();
      for (const [each, times] of [[set, count] as const, ...more]) {
        for (const tag of tagSets.tags(each)) amounts.set(tag, (amounts.get(tag) ?? 0) + times);
      }
      groups.push(...sharedAmounts([...amounts].map(([tag, amount]) => ({ tags: [tag], amount }))));
    }
    for (const [set, weight] of bySet) groups.push({ tags: tagSets.tags(set), weight });
    return groups;
  }
}
