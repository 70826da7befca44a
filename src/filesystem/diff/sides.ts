import { ReproError } from '../../errors.js';
import type { FilePath } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import type { FilesystemTrie } from '../trie/trie.js';
import type { PartialEntry } from '../trie/values.js';

/** One of the two filesystems that are compared. */
export type Side = 'one' | 'other';

const bits = { one: 1, other: 2 } as const;
const none = -1;

/** A trie seen as two of its environments. */
export class Sides {
  /** By set of tags: which of the two have it. */
  private readonly presence: Uint8Array;
  private readonly tags: Readonly<Record<Side, number>>;

  constructor(
    readonly trie: FilesystemTrie,
    one: string,
    other: string,
  ) {
    this.tags = { one: tagNumber(trie, one), other: tagNumber(trie, other) };
    this.presence = new Uint8Array(trie.tagSets.size);
    for (let set = 0; set < this.presence.length; set++) this.presence[set] = this.bitsOf(set);
  }

  /** Which of the two have a place: 1 the first, 2 the other. */
  presenceOf(node: NodeId): number {
    return this.presence[this.trie.setOf(node)] ?? 0;
  }

  has(node: NodeId, side: Side): boolean {
    return (this.presenceOf(node) & bits[side]) !== 0;
  }

  /** Only this one of the two has it. */
  isOnlyIn(node: NodeId, side: Side): boolean {
    return this.presenceOf(node) === bits[side];
  }

  isInBoth(node: NodeId): boolean {
    return this.presenceOf(node) === (bits.one | bits.other);
  }

  /** The row of what a side has at a place; -1 where it has no entry. */
  rowOf(node: NodeId, side: Side): number {
    const { trie } = this;
    for (let row = trie.firstRow(node); row !== none; row = trie.nextRow(row)) {
      if (((this.presence[trie.rowSet(row)] ?? 0) & bits[side]) !== 0) return row;
    }
    return none;
  }

  /** Whether both have the entry of a row. */
  isShared(row: number): boolean {
    return this.presence[this.trie.rowSet(row)] === (bits.one | bits.other);
  }

  entryOf(node: NodeId, side: Side): PartialEntry | undefined {
    const row = this.rowOf(node, side);
    return row === none ? undefined : this.trie.values.entry(row, this.pathOf(node));
  }

  pathOf(node: NodeId): FilePath {
    return this.trie.pathOf(node);
  }

  /** In the order of their names. */
  childrenOf(node: NodeId, side: Side): NodeId[] {
    return this.trie.sortedChildren(node).filter((child) => this.has(child, side));
  }

  /** A place that has something below it is a directory, whatever a list tells of it. */
  isDirectory(node: NodeId, side: Side): boolean {
    const row = this.rowOf(node, side);
    const type = row === none ? undefined : this.trie.values.type(row);
    return type === undefined ? this.childrenOf(node, side).length > 0 : type === 'directory';
  }

  private bitsOf(set: number): number {
    const { tagSets } = this.trie;
    return (tagSets.has(set, this.tags.one) ? bits.one : 0) | (tagSets.has(set, this.tags.other) ? bits.other : 0);
  }
}

function tagNumber(trie: FilesystemTrie, tag: string): number {
  const number = trie.tagNumber(tag);
  if (number === undefined) throw new ReproError('usage', `the trie has no environment ${JSON.stringify(tag)}`);
  return number;
}
