import type { NodeId } from '../../filesystem/trie/nodes.js';
import { noTags } from '../../filesystem/trie/tag-sets.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { sameness } from '../features.js';
import type { FileLevel } from '../levels.js';

/** Environments that have the same below a place, and the number of what they have there. */
export interface Shape {
  readonly set: number;
  readonly id: number;
}

const several = -1;

/** What is at each place with all below it, by number: equal numbers are equal trees, wherever they are. */
export class Shapes {
  /** Entries of which it is not known what they are at the level: each is the same as itself alone. */
  unknown = 0;
  private readonly ids = new Map<string, number>();
  /** By place, 1 + the number of what all that have it have there; of few places they have several. */
  private readonly single: Int32Array;
  private readonly others = new Map<NodeId, readonly Shape[]>();

  constructor(
    private readonly trie: FilesystemTrie,
    private readonly level: FileLevel,
  ) {
    this.single = new Int32Array(trie.nodeCount);
  }

  /** Of a place below which all are there already. */
  add(node: NodeId): readonly Shape[] {
    const set = this.trie.setOf(node);
    const id = this.common(node, set);
    if (id !== undefined) {
      this.single[node] = id + 1;
      return [{ set, id }];
    }
    this.single[node] = several;
    const shapes = this.apart(node, set);
    this.others.set(node, shapes);
    return shapes;
  }

  /** Where all that have the place have the same there. */
  private common(node: NodeId, set: number): number | undefined {
    const { trie } = this;
    const row = trie.firstRow(node);
    let own = '';
    if (row !== -1) {
      if (trie.rowSet(row) !== set || this.hasMore(row)) return undefined;
      const same = sameness(trie, row, this.level);
      if (same === undefined) return undefined;
      own = `=${same}`;
    }
    const below: number[] = [];
    for (let child = trie.firstChildOf(node); child !== -1; child = trie.nextSiblingOf(child)) {
      if (trie.setOf(child) === noTags) continue;
      const single = this.single[child] ?? several;
      if (single === several || trie.setOf(child) !== set) return undefined;
      below.push(single - 1);
    }
    return this.idOf(node, own, below);
  }

  private hasMore(row: number): boolean {
    for (let next = this.trie.nextRow(row); next !== -1; next = this.trie.nextRow(next)) {
      if (this.trie.rowSet(next) !== noTags) return true;
    }
    return false;
  }

  /** Each environment by itself. */
  private apart(node: NodeId, set: number): readonly Shape[] {
    const { trie } = this;
    const { tagSets } = trie;
    const below = new Map<number, number[]>(tagSets.tags(set).map((tag) => [tag, []]));
    for (const child of trie.childrenOf(node)) {
      for (const shape of this.at(child)) {
        for (const tag of tagSets.tags(shape.set)) below.get(tag)?.push(shape.id);
      }
    }
    const shapes = new Map<number, number>();
    for (const [tag, ids] of below) {
      const id = this.idOf(node, this.own(node, tag), ids);
      shapes.set(id, tagSets.union(shapes.get(id) ?? noTags, tagSets.idOf([tag])));
    }
    return [...shapes].map(([id, having]) => ({ id, set: having }));
  }

  private at(node: NodeId): readonly Shape[] {
    const single = this.single[node] ?? several;
    return single === several ? (this.others.get(node) ?? []) : [{ set: this.trie.setOf(node), id: single - 1 }];
  }

  /** What an environment has at a place itself; nothing, where that is only on the way. */
  private own(node: NodeId, tag: number): string {
    const row = this.trie.rowOf(node, tag);
    if (row === -1) return '';
    const same = sameness(this.trie, row, this.level);
    if (same !== undefined) return `=${same}`;
    this.unknown += 1;
    return `?${node} ${tag}`;
  }

  /** Neither names nor targets of links have a NUL. */
  private idOf(node: NodeId, own: string, below: number[]): number {
    const ids = below.length > 1 ? below.sort((a, b) => a - b).join() : below.join();
    const key = `${this.trie.labelOf(node)} ${own}\0${ids}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    this.ids.set(key, this.ids.size);
    return this.ids.size - 1;
  }
}
