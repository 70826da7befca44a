import type { Side, Sides } from '../../filesystem/diff/sides.js';
import type { NodeId } from '../../filesystem/trie/nodes.js';

/** What is not known has this size. */
const unknown = -1;
const mostLinks = 40;

/**
 * The sizes that container-diff gives to what one side has: of a directory that of all below it, in which a link counts
 * with the length of its text; of a link that of the file that it leads to.
 */
export class Sizes {
  private readonly own: Float64Array;

  constructor(
    private readonly sides: Sides,
    private readonly side: Side,
  ) {
    const { trie } = sides;
    this.own = new Float64Array(trie.nodeCount);
    // A place has a higher number than the place above it.
    for (let node = trie.nodeCount - 1; node >= trie.root; node--) {
      if (!sides.has(node, side)) continue;
      if (!sides.isDirectory(node, side)) this.own[node] = this.sizeOfEntry(node);
      const parent = trie.parentOf(node);
      if (parent >= trie.root) this.own[parent] = (this.own[parent] ?? 0) + Math.max(0, this.own[node] ?? 0);
    }
  }

  of(node: NodeId): number {
    const size = this.own[node] ?? unknown;
    if (this.targetOf(node) === undefined) return size;
    const end = this.followed(node);
    if (end === undefined) return unknown;
    return this.sides.isDirectory(end, this.side) ? size : (this.own[end] ?? unknown);
  }

  private sizeOfEntry(node: NodeId): number {
    const target = this.targetOf(node);
    if (target !== undefined) return target.length;
    const row = this.sides.rowOf(node, this.side);
    return (row === -1 ? undefined : this.sides.trie.values.size(row)) ?? unknown;
  }

  private targetOf(node: NodeId): string | undefined {
    const { sides, side } = this;
    const row = sides.rowOf(node, side);
    if (row === -1 || sides.trie.values.type(row) !== 'symlink') return undefined;
    return sides.entryOf(node, side)?.target;
  }

  /** Where a link leads in the end, within the filesystem. */
  private followed(link: NodeId): NodeId | undefined {
    const { trie } = this.sides;
    let at = trie.parentOf(link);
    let links = 0;
    const parts: string[] = [];
    const take = (node: NodeId): boolean => {
      const target = this.targetOf(node) ?? '';
      if (target.startsWith('/')) at = trie.root;
      parts.unshift(...target.split('/'));
      return ++links <= mostLinks;
    };
    take(link);
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = Math.max(trie.root, trie.parentOf(at));
        continue;
      }
      const next = this.childNamed(at, part);
      if (next === undefined) return undefined;
      if (this.targetOf(next) === undefined) at = next;
      else if (!take(next)) return undefined;
    }
    return at;
  }

  private childNamed(parent: NodeId, name: string): NodeId | undefined {
    const { sides, side } = this;
    const folder = sides.pathOf(parent);
    const node = sides.trie.nodeAt(folder === '/' ? `/${name}` : `${folder}/${name}`);
    return node !== undefined && sides.has(node, side) ? node : undefined;
  }
}
