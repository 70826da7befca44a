import type { FilePath } from '../../model/file-path.js';
import { withRoom } from './columns.js';
import { Labels } from './labels.js';
import { Links } from './links.js';
import { NodeTable } from './node-table.js';
import { endOfPart, partAfter } from './path-parts.js';
import type { NodeId, PlaceColumns, TrieOptions } from './place-columns.js';
import { noTags, TagSets } from './tag-sets.js';

const root: NodeId = 0;
const none = -1;
const slash = 47;
const dot = 46;

/** The places of a trie: names below one another, and the set of tags of those that have each. */
export class Places {
  readonly labels: Labels;
  readonly tagSets: TagSets;
  private nodes = 0;
  protected parents = new Int32Array(64);
  protected names = new Int32Array(64);
  protected readonly links = new Links();
  protected sets = new Int32Array(64);
  private readonly table = new NodeTable();
  /** Children that were looked at one by one: in a sorted list, too few to be worth a table of all places. */
  private looks = 0;
  private shownParent = none;
  private shownPath = '';

  constructor(
    private readonly options: TrieOptions = {},
    columns?: PlaceColumns,
  ) {
    this.labels = columns?.labels ?? new Labels();
    this.tagSets = columns?.tagSets ?? new TagSets();
    if (columns) this.load(columns);
    else this.append(none, this.labels.add(Uint8Array.of(slash), 0, 1));
  }

  get collapsesRepeats(): boolean {
    return this.options.collapseRepeats === true;
  }

  /** How many places there are, those on the way, those that were removed, and the root included. */
  get nodeCount(): number {
    return this.nodes;
  }

  get root(): NodeId {
    return root;
  }

  nameOf(node: NodeId): string {
    return this.labels.text(this.names[node] ?? 0);
  }

  /** The number of its name among the labels. */
  labelOf(node: NodeId): number {
    return this.names[node] ?? 0;
  }

  parentOf(node: NodeId): NodeId {
    return this.parents[node] ?? none;
  }

  setOf(node: NodeId): number {
    return this.sets[node] ?? noTags;
  }

  pathOf(node: NodeId): FilePath {
    const parent = this.parentOf(node);
    if (parent <= root) return (parent === none ? '/' : `/${this.nameOf(node)}`) as FilePath;
    if (parent !== this.shownParent) {
      const parts: string[] = [];
      for (let at = parent; at > root; at = this.parentOf(at)) parts.push(this.nameOf(at));
      this.shownPath = `/${parts.reverse().join('/')}/`;
      this.shownParent = parent;
    }
    return (this.shownPath + this.nameOf(node)) as FilePath;
  }

  /** -1 where there is none. One that was removed has the set without tags. */
  firstChildOf(node: NodeId): NodeId {
    return this.links.first(node);
  }

  /** -1 after the last. */
  nextSiblingOf(node: NodeId): NodeId {
    return this.links.next(node);
  }

  /** Whether any environment has anything below a place. */
  hasChildren(node: NodeId): boolean {
    for (let child = this.firstChildOf(node); child !== none; child = this.nextSiblingOf(child)) {
      if (this.setOf(child) !== noTags) return true;
    }
    return false;
  }

  /** In no order. */
  *childrenOf(node: NodeId): Generator<NodeId, void> {
    for (let child = this.firstChildOf(node); child !== none; child = this.nextSiblingOf(child)) {
      if (this.setOf(child) !== noTags) yield child;
    }
  }

  /** In the order of their bytes. */
  sortedChildren(node: NodeId): NodeId[] {
    const children: NodeId[] = [];
    for (let child = this.firstChildOf(node); child !== none; child = this.nextSiblingOf(child)) {
      if (this.setOf(child) !== noTags) children.push(child);
    }
    const { labels, names } = this;
    if (!this.links.isSorted(node)) children.sort((a, b) => labels.compare(names[a] ?? 0, names[b] ?? 0));
    return children;
  }

  /** The places from one down that any environment has, parents first and siblings in byte order. */
  inPathOrder(from: NodeId = root): Int32Array {
    const order = new Int32Array(from === root ? this.nodes : this.nodes - from);
    const pending = [from];
    let found = 0;
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      order[found++] = node;
      if (this.firstChildOf(node) === none) continue;
      const children = this.sortedChildren(node);
      for (let at = children.length - 1; at >= 0; at--) pending.push(children[at] as NodeId);
    }
    return order.subarray(0, found);
  }

  /** The place at a path; undefined where no environment has one. */
  nodeAt(text: string): NodeId | undefined {
    const path = Buffer.from(text);
    let node = root;
    for (let from = partAfter(path, 0); from < path.length; ) {
      const to = endOfPart(path, from, path.length);
      if (!this.isSamePlace(node, path, from, to)) {
        const label = this.labels.find(path, from, to);
        node = label === undefined ? none : this.childWith(node, label);
        if (node === none) return undefined;
      }
      from = partAfter(path, to);
    }
    return this.setOf(node) === noTags ? undefined : node;
  }

  /** The child with a label, whoever has it; -1 where there is none. */
  childWith(node: NodeId, label: number): NodeId {
    if (this.looks >= this.nodes) return this.table.find(this.parents, this.names, this.nodes, node, label);
    for (let child = this.firstChildOf(node); child !== none; child = this.nextSiblingOf(child)) {
      this.looks++;
      if (this.names[child] === label) return child;
    }
    return none;
  }

  /** Makes room for so many more places at once: growing step by step costs more than to fill them. */
  protected reserve(more: number): void {
    const length = this.nodes + more;
    this.parents = withRoom(this.parents, length);
    this.names = withRoom(this.names, length);
    this.sets = withRoom(this.sets, length);
    this.links.reserve(length);
  }

  protected append(parent: NodeId, label: number): NodeId {
    const node = this.nodes++;
    if (node >= this.parents.length) this.reserve(1);
    this.parents[node] = parent;
    this.names[node] = label;
    this.links.addNode(node);
    return node;
  }

  private load({ parents, names, sets }: PlaceColumns): void {
    this.nodes = parents.length;
    this.parents = parents as Int32Array<ArrayBuffer>;
    this.names = names as Int32Array<ArrayBuffer>;
    this.sets = sets as Int32Array<ArrayBuffer>;
    this.links.load(parents);
  }

  /** `a/./b` is `a/b`. */
  protected isSamePlace(node: NodeId, path: Uint8Array, from: number, to: number): boolean {
    if (to - from === 1 && path[from] === dot) return true;
    return this.collapsesRepeats && this.labels.compareTo(this.names[node] ?? 0, path, from, to) === 0;
  }
}
