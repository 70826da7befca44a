import type { NodeId } from '../trie/nodes.js';
import type { Move } from './moves.js';
import { areAlike } from './nearness.js';
import type { Sides } from './sides.js';

/** What is left to explain: places that only one side has, and of which nobody knows yet where they are from. */
export interface Unexplained {
  readonly removed: ReadonlySet<NodeId>;
  readonly added: readonly NodeId[];
}

/** So many moves from one directory to another show that others went the same way, where the first is still there. */
const enough = 2;

/**
 * Files that were changed where they were moved to: of the same name, in directories between which others were moved,
 * and not of quite another size. A name and a size alone would be no evidence.
 */
export function movedFiles(sides: Sides, moves: readonly Move[], { removed, added }: Unexplained): Move[] {
  const ways = new Ways(sides, moves);
  const taken = new Set<NodeId>();
  return added.flatMap((to) => {
    const from = ways.origins(to).find((each) => removed.has(each) && !taken.has(each) && areAlike(sides, each, to));
    if (from === undefined) return [];
    taken.add(from);
    return [{ from, to, kind: 'moved' as const }];
  });
}

/** Between which directories something was moved, how often. */
class Ways {
  private readonly counts = new Map<NodeId, Map<NodeId, number>>();

  constructor(
    private readonly sides: Sides,
    moves: readonly Move[],
  ) {
    for (const { from, to, kind } of moves) if (kind === 'moved') this.add(from, to);
  }

  /** Where a place would be from, had it gone the way of others; the nearest of them first, then the most of them. */
  origins(to: NodeId): NodeId[] {
    const { trie } = this.sides;
    const way: NodeId[] = [];
    const found: NodeId[] = [];
    for (let at = to; at > trie.root; ) {
      way.unshift(at);
      at = trie.parentOf(at);
      const here = [...(this.counts.get(at) ?? [])].sort(([, a], [, b]) => b - a);
      for (const [folder, count] of here) {
        const from = this.isEnough(folder, at, count) ? this.below(folder, way) : undefined;
        if (from !== undefined) found.push(from);
      }
    }
    return found;
  }

  /** What has the same name at both ends went the way that the directories above did. */
  private add(from: NodeId, to: NodeId): void {
    const { trie } = this.sides;
    let [one, other] = [from, to];
    while (one > trie.root && other > trie.root && trie.nameOf(one) === trie.nameOf(other)) {
      [one, other] = [trie.parentOf(one), trie.parentOf(other)];
      if (one === other) return;
      const known = this.counts.get(other) ?? new Map<NodeId, number>();
      this.counts.set(other, known.set(one, (known.get(one) ?? 0) + 1));
    }
  }

  private isEnough(from: NodeId, to: NodeId, count: number): boolean {
    const isWhole = this.sides.isOnlyIn(from, 'one') && this.sides.isOnlyIn(to, 'other');
    return isWhole || count >= enough;
  }

  /** What lies below a directory at the names of these places. */
  private below(folder: NodeId, way: readonly NodeId[]): NodeId | undefined {
    const { trie } = this.sides;
    let at = folder;
    for (const place of way) {
      at = trie.childWith(at, trie.labelOf(place));
      if (at === -1 || !this.sides.has(at, 'one')) return undefined;
    }
    return at;
  }
}
