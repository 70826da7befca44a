import { comparePaths, type FilePath } from '../../model/file-path.js';
import { withRoom } from './columns.js';
import { Labels } from './labels.js';
import { noTags, TagSets } from './tag-sets.js';
import { type PartialEntry, Values } from './values.js';
import { Way } from './way.js';

export interface TrieOptions {
  /**
   * Takes a part of a path for the part before it where the two are equal, as container-tree does: `/opt/a/a` is
   * `/opt/a`. Only to compute its numbers.
   */
  readonly collapseRepeats?: boolean;
}

/** One place of a trie: a number that stays the same as long as the trie is there. */
export type NodeId = number;

const root: NodeId = 0;
const none = -1;
const slash = 47;

/**
 * Filesystems as one prefix tree over the parts of their paths: what is compared. Each environment in it has a tag, and
 * each place the set of tags of those that have it. Places that only lie on the way to an entry have the tag and no
 * entry. All is kept in columns by the number of the place.
 */
export class TrieNodes {
  readonly labels = new Labels();
  /** `a/./b` is `a/b`. */
  private readonly dot = this.labels.add('.');
  readonly tagSets = new TagSets();
  readonly values = new Values();
  private nodes = 0;
  private parents = new Int32Array(64);
  private names = new Int32Array(64);
  private firstChildren = new Int32Array(64);
  private nextSiblings = new Int32Array(64);
  private sets = new Int32Array(64);
  private counts = new Uint32Array(64);
  private firstValues = new Int32Array(64);
  /** By row of `values`: which environments have it so, and the next row of the same place. */
  private valueSets = new Int32Array(64);
  private nextValues = new Int32Array(64);
  /** Open addressing: places by what lies above them and their name. */
  private table = new Int32Array(256).fill(none);
  private readonly way = new Way();

  constructor(private readonly options: TrieOptions = {}) {
    this.make(none, this.labels.add('/'));
  }

  /** How many places there are, those on the way and the root included. */
  get nodeCount(): number {
    return this.nodes;
  }

  get root(): NodeId {
    return root;
  }

  nameOf(node: NodeId): string {
    return this.labels.text(this.names[node] ?? 0);
  }

  parentOf(node: NodeId): NodeId {
    return this.parents[node] ?? none;
  }

  setOf(node: NodeId): number {
    return this.sets[node] ?? noTags;
  }

  countOf(node: NodeId): number {
    return this.counts[node] ?? 0;
  }

  pathOf(node: NodeId): FilePath {
    const parts: string[] = [];
    for (let at = node; at > root; at = this.parentOf(at)) parts.push(this.nameOf(at));
    return `/${parts.reverse().join('/')}` as FilePath;
  }

  /** In no order. */
  *childrenOf(node: NodeId): Generator<NodeId, void> {
    for (let child = this.firstChildren[node] ?? none; child !== none; child = this.nextSiblings[child] ?? none) {
      if (this.setOf(child) !== noTags) yield child;
    }
  }

  /** In the order of their bytes. */
  sortedChildren(node: NodeId): NodeId[] {
    return [...this.childrenOf(node)].sort((a, b) => comparePaths(this.nameOf(a), this.nameOf(b)));
  }

  /** What the environments have at a place, each value once, with the set of those that have it. */
  *valuesOf(node: NodeId): Generator<{ readonly row: number; readonly set: number }, void> {
    for (let row = this.firstValues[node] ?? none; row !== none; row = this.nextValues[row] ?? none) {
      const set = this.valueSets[row] ?? noTags;
      if (set !== noTags) yield { row, set };
    }
  }

  /** The place at a path; undefined where no environment has one. */
  nodeAt(path: string): NodeId | undefined {
    let node = root;
    for (let [from, to] = partAt(path, 0); from < to; [from, to] = partAt(path, to)) {
      const label = this.labels.find(path, from, to);
      if (label === undefined) return undefined;
      if (this.isSamePlace(node, label)) continue;
      node = this.table[this.slotOf(node, label)] ?? none;
      if (node === none) return undefined;
    }
    return this.setOf(node) === noTags ? undefined : node;
  }

  /** Gives an environment an entry. What it had there before is replaced. */
  protected put(entry: PartialEntry, tag: number): NodeId {
    const node = this.place(entry.path, tag);
    this.counts[node] = this.countOf(node) + 1;
    let same = none;
    for (let row = this.firstValues[node] ?? none; row !== none; row = this.nextValues[row] ?? none) {
      if (same === none && this.values.isSame(row, entry)) same = row;
      else this.valueSets[row] = this.tagSets.without(this.valueSets[row] ?? noTags, tag);
    }
    if (same === none) {
      same = this.values.add(entry);
      this.valueSets = withRoom(this.valueSets, this.values.length);
      this.nextValues = withRoom(this.nextValues, this.values.length);
      this.valueSets[same] = noTags;
      this.nextValues[same] = this.firstValues[node] ?? none;
      this.firstValues[node] = same;
    }
    this.valueSets[same] = this.tagSets.with(this.valueSets[same] ?? noTags, tag);
    return node;
  }

  /** Takes a place, with all below it, from one environment, or from all. */
  protected take(node: NodeId, tag: number | undefined): void {
    this.way.forget();
    const pending = [node];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      pending.push(...this.childrenOf(at));
      const without = (set: number) => (tag === undefined ? noTags : this.tagSets.without(set, tag));
      this.sets[at] = without(this.setOf(at));
      for (const { row, set } of this.valuesOf(at)) this.valueSets[row] = without(set);
      if (this.setOf(at) === noTags) this.counts[at] = 0;
    }
  }

  /** The place at a path, made where it is missing; all on the way there get the tag. */
  private place(path: string, tag: number): NodeId {
    const { way } = this;
    if (way.tag !== tag) this.tagNode(root, tag);
    way.turnTo(path, tag);
    let node = way.node ?? root;
    for (let [from, to] = partAt(path, way.end); from < to; [from, to] = partAt(path, to)) {
      node = this.childNamed(node, this.labels.add(path, from, to));
      this.tagNode(node, tag);
      way.go(node, to);
    }
    return node;
  }

  private childNamed(parent: NodeId, label: number): NodeId {
    if (this.isSamePlace(parent, label)) return parent;
    const slot = this.slotOf(parent, label);
    const known = this.table[slot] ?? none;
    if (known !== none) return known;
    this.table[slot] = this.nodes;
    const node = this.make(parent, label);
    this.nextSiblings[node] = this.firstChildren[parent] ?? none;
    this.firstChildren[parent] = node;
    if (this.nodes * 2 > this.table.length) this.rehash();
    return node;
  }

  private tagNode(node: NodeId, tag: number): void {
    this.sets[node] = this.tagSets.with(this.sets[node] ?? noTags, tag);
  }

  private make(parent: NodeId, label: number): NodeId {
    const node = this.nodes++;
    if (node >= this.parents.length) this.grow();
    this.parents[node] = parent;
    this.names[node] = label;
    this.firstChildren[node] = none;
    this.nextSiblings[node] = none;
    this.firstValues[node] = none;
    return node;
  }

  /** Where a place stands in the table, or would stand. */
  private slotOf(parent: NodeId, label: number): number {
    const mask = this.table.length - 1;
    for (let slot = hashOf(parent, label) & mask; ; slot = (slot + 1) & mask) {
      const node = this.table[slot] ?? none;
      if (node === none || (this.parents[node] === parent && this.names[node] === label)) return slot;
    }
  }

  private rehash(): void {
    this.table = new Int32Array(this.table.length * 4).fill(none);
    for (let node = root + 1; node < this.nodes; node++) {
      this.table[this.slotOf(this.parents[node] ?? none, this.names[node] ?? 0)] = node;
    }
  }

  private grow(): void {
    const length = this.parents.length * 2;
    this.parents = withRoom(this.parents, length);
    this.names = withRoom(this.names, length);
    this.firstChildren = withRoom(this.firstChildren, length);
    this.nextSiblings = withRoom(this.nextSiblings, length);
    this.sets = withRoom(this.sets, length);
    this.counts = withRoom(this.counts, length);
    this.firstValues = withRoom(this.firstValues, length);
  }

  private isSamePlace(parent: NodeId, label: number): boolean {
    return label === this.dot || (this.options.collapseRepeats === true && this.names[parent] === label);
  }
}

/** Where the next part of a path begins and ends; nowhere when there is none. */
function partAt(path: string, after: number): readonly [from: number, to: number] {
  let from = after;
  while (path.charCodeAt(from) === slash) from++;
  const end = path.indexOf('/', from);
  return [from, end === -1 ? path.length : end];
}

function hashOf(parent: number, label: number): number {
  const mixed = Math.imul(parent ^ Math.imul(label, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
