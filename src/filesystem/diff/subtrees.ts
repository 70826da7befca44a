import type { NodeId } from '../trie/nodes.js';
import type { Extent } from './file-comparison.js';
import type { Side, Sides } from './sides.js';

/** What lies at a place and below it on one side. */
export interface Subtree extends Extent {
  /** Equal for two trees of the same names, types, targets and contents, whatever their modes and owners; -1: not known. */
  readonly key: number;
  /** How many files with known content, empty ones aside. */
  readonly files: number;
  /** The largest of these. */
  readonly largest?: NodeId;
  readonly largestSize: number;
}

const unknown = -1;

/** A Merkle tree over content, made of what is asked for only: each different subtree has a number. */
export class Subtrees {
  private readonly keys = new Map<string, number>();
  private readonly known = { one: new Map<NodeId, Subtree>(), other: new Map<NodeId, Subtree>() };

  constructor(private readonly sides: Sides) {}

  of(node: NodeId, side: Side): Subtree {
    const known = this.known[side].get(node);
    if (known) return known;
    const made = this.sides.isDirectory(node, side) ? this.directory(node, side) : this.leaf(node, side);
    this.known[side].set(node, made);
    return made;
  }

  private directory(node: NodeId, side: Side): Subtree {
    const parts: string[] = [];
    let isKnown = true;
    const sum = { entries: this.sides.rowOf(node, side) === -1 ? 0 : 1, bytes: 0, files: 0 };
    let largest: NodeId | undefined;
    let largestSize = 0;
    for (const child of this.sides.childrenOf(node, side)) {
      const below = this.of(child, side);
      sum.entries += below.entries;
      sum.bytes += below.bytes;
      sum.files += below.files;
      isKnown &&= below.key !== unknown;
      parts.push(`${this.sides.trie.nameOf(child)}/${below.key}`);
      if (below.largest === undefined || below.largestSize <= largestSize) continue;
      largest = below.largest;
      largestSize = below.largestSize;
    }
    const key = isKnown ? this.number(`directory ${parts.join('/')}`) : unknown;
    return { ...sum, key, ...(largest !== undefined && { largest }), largestSize };
  }

  private leaf(node: NodeId, side: Side): Subtree {
    const entry = this.sides.entryOf(node, side);
    const { type = 'file', hash, size = 0, target } = entry ?? {};
    const bytes = type === 'file' ? size : 0;
    const counts = { entries: entry ? 1 : 0, bytes };
    if (type !== 'file') return { ...counts, key: this.number(`${type} ${target ?? ''}`), files: 0, largestSize: 0 };
    const isEmpty = entry?.size === 0;
    if (isEmpty) return { ...counts, key: this.number('empty'), files: 0, largestSize: 0 };
    if (hash === undefined) return { ...counts, key: unknown, files: 0, largestSize: 0 };
    return { ...counts, key: this.number(`file ${hash}`), files: 1, largest: node, largestSize: size };
  }

  private number(text: string): number {
    const known = this.keys.get(text);
    if (known !== undefined) return known;
    this.keys.set(text, this.keys.size);
    return this.keys.size - 1;
  }
}
