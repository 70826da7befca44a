import { comparePaths } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import { nearest } from './nearness.js';
import { contentOf, Origins } from './origins.js';
import type { Sides } from './sides.js';
import type { Subtrees } from './subtrees.js';

/** Where something that was added is from. */
export interface Move {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: 'moved' | 'copied';
  /** Of a directory that was moved in part: how much of its files is the same. */
  readonly share?: number;
}

/** A directory is taken for moved when this much of its files is in the other place, at the same way below it. */
const enough = 0.8;
/** Content that so many files have tells nothing about where a directory is from. */
const tooCommon = 32;

/**
 * Finds where what was added is from, by content alone: directories from the top, all of which or most of which is the
 * same, then single files. What is claimed once is not claimed again; what is there twice is a copy.
 */
export class MoveFinder {
  readonly moves: Move[] = [];
  /** Places of the first filesystem of which it is known where they went. */
  readonly gone = new Set<NodeId>();
  /** Places of the second of which it is known where they are from. */
  readonly explained = new Set<NodeId>();
  /** What belongs together in directories that were moved in part, these included. */
  readonly pairs: (readonly [from: NodeId, to: NodeId])[] = [];
  private readonly origins: Origins;
  private readonly remaining: ReadonlySet<NodeId>;

  constructor(
    private readonly sides: Sides,
    private readonly subtrees: Subtrees,
    private readonly rest: { readonly removed: readonly NodeId[]; readonly added: readonly NodeId[] },
  ) {
    this.origins = new Origins(sides, rest.added);
    this.remaining = new Set(rest.removed);
  }

  find(): void {
    const paths = new Map(this.rest.added.map((node) => [node, this.sides.pathOf(node)]));
    const inOrder = [...paths].sort(([, a], [, b]) => comparePaths(a, b)).map(([node]) => node);
    const directories = inOrder.filter((node) => this.sides.isDirectory(node, 'other'));
    for (const node of directories) {
      this.findWhole(node);
      this.findPart(node);
    }
    const files = inOrder.filter((node) => !this.explained.has(node) && contentOf(this.sides, node, 'other'));
    for (const node of files) this.findFile(node, true);
    for (const node of files) this.findFile(node, false);
  }

  private findWhole(to: NodeId): void {
    if (this.explained.has(to)) return;
    const { key, largest, largestSize } = this.subtrees.of(to, 'other');
    const content = largest === undefined ? undefined : contentOf(this.sides, largest, 'other');
    if (key === -1 || largest === undefined || !content) return;
    if (!this.origins.isTelling(content.hash, largestSize)) return;
    const count = this.sides.childrenOf(to, 'other').length;
    const same = this.counterparts(largest, to, content.hash).filter(
      (place) => this.sides.childrenOf(place, 'one').length === count && this.subtrees.of(place, 'one').key === key,
    );
    this.claim(same, to);
  }

  private findPart(to: NodeId): void {
    const whole = this.subtrees.of(to, 'other');
    if (this.explained.has(to) || whole.files < 2) return;
    const votes = new Map<NodeId, number>();
    for (const file of this.filesBelow(to)) {
      const content = contentOf(this.sides, file, 'other');
      if (!content || this.origins.of(content.hash).length > tooCommon) continue;
      for (const place of this.counterparts(file, to, content.hash)) {
        if (this.isFree(place)) votes.set(place, (votes.get(place) ?? 0) + 1);
      }
    }
    let best = 0;
    for (const count of votes.values()) best = Math.max(best, count);
    const candidates = [...votes].filter(([, count]) => count === best).map(([place]) => place);
    const from = best < 2 ? undefined : nearest(this.sides.trie, candidates, to);
    if (from === undefined) return;
    const share = best / Math.max(whole.files, this.subtrees.of(from, 'one').files);
    if (share < enough) return;
    this.moves.push({ from, to, kind: 'moved', share });
    this.pair(from, to);
  }

  private findFile(to: NodeId, namesakesOnly: boolean): void {
    const content = this.explained.has(to) ? undefined : contentOf(this.sides, to, 'other');
    if (!content || !this.origins.isTelling(content.hash, content.size)) return;
    const places = this.origins.of(content.hash);
    const { trie } = this.sides;
    if (!namesakesOnly) this.claim(places, to);
    else
      this.claim(
        places.filter((place) => this.isFree(place) && trie.nameOf(place) === trie.nameOf(to)),
        to,
      );
  }

  /** The likeliest of equal places, rather one that is gone than one that is still there. */
  private claim(places: readonly NodeId[], to: NodeId): void {
    const free = places.filter((place) => this.isFree(place) && this.hasAllFree(place));
    const from = nearest(this.sides.trie, free.length > 0 ? free : places, to);
    if (from === undefined) return;
    const kind = free.length > 0 ? 'moved' : 'copied';
    this.moves.push({ from, to, kind });
    this.explainAll(to);
    if (kind === 'moved') for (const each of this.below(from, 'one')) this.gone.add(each);
  }

  private isFree(place: NodeId): boolean {
    return this.remaining.has(place) && !this.gone.has(place);
  }

  private hasAllFree(place: NodeId): boolean {
    for (const each of this.below(place, 'one')) if (!this.isFree(each)) return false;
    return true;
  }

  private explainAll(to: NodeId): void {
    for (const each of this.below(to, 'other')) this.explained.add(each);
  }

  /** Of a directory that was moved in part: what is at the same way below both places belongs together. */
  private pair(from: NodeId, to: NodeId): void {
    this.gone.add(from);
    this.explained.add(to);
    this.pairs.push([from, to]);
    for (const [before, after] of sameNames(this.sides, from, to)) {
      if (this.isFree(before) && !this.explained.has(after)) this.pair(before, after);
    }
  }

  /** Places of the first filesystem that stand to a place with this content as `top` stands to `file`. */
  private counterparts(file: NodeId, top: NodeId, hash: string): NodeId[] {
    const found = new Set<NodeId>();
    for (const place of this.origins.of(hash)) {
      const other = this.counterpart(file, top, place);
      if (other !== undefined) found.add(other);
    }
    return [...found];
  }

  private counterpart(file: NodeId, top: NodeId, place: NodeId): NodeId | undefined {
    const { trie } = this.sides;
    let [at, other] = [file, place];
    for (; at !== top; at = trie.parentOf(at), other = trie.parentOf(other)) {
      if (other === trie.root || trie.nameOf(at) !== trie.nameOf(other)) return undefined;
    }
    return other === trie.root ? undefined : other;
  }

  private *filesBelow(node: NodeId): Generator<NodeId, void> {
    for (const each of this.below(node, 'other')) if (!this.explained.has(each)) yield each;
  }

  private *below(node: NodeId, side: 'one' | 'other'): Generator<NodeId, void> {
    const pending = [node];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      yield at;
      for (const child of this.sides.childrenOf(at, side)) pending.push(child);
    }
  }
}

/** What both directories have under the same name. */
export function* sameNames(
  sides: Sides,
  from: NodeId,
  to: NodeId,
): Generator<readonly [before: NodeId, after: NodeId], void> {
  const byName = new Map(sides.childrenOf(from, 'one').map((child) => [sides.trie.nameOf(child), child]));
  for (const after of sides.childrenOf(to, 'other')) {
    const before = byName.get(sides.trie.nameOf(after));
    if (before !== undefined) yield [before, after];
  }
}
