import { withRoom } from './columns.js';
import { PathBytes } from './path-bytes.js';
import { endOfPart, partAfter } from './path-parts.js';
import type { NodeId } from './place-columns.js';
import { Places } from './places.js';
import { noTags } from './tag-sets.js';

const none = -1;
const slash = 47;
/** More than a system lacks at once of what others have in a folder, for the most part. */
const likelySiblings = 4;

/** The places of a trie, which come about as paths are put. */
export class GrowingPlaces extends Places {
  protected readonly paths = new PathBytes();
  /**
   * The way to the path that was placed last: the place of each of its parts, and where that ends. In a list that is
   * sorted the next path goes most of the same way.
   */
  private way = new Int32Array(64);
  private ends = new Int32Array(64);
  private depth = 0;

  /** The place at a path, made where it is missing; all on the way there get the tag. */
  protected place(path: string, tag: number): NodeId {
    return this.placeNext(this.paths.read(path), tag);
  }

  /** The same of the next of the paths that were read, of so many bytes. */
  protected placeNext(length: number, tag: number): NodeId {
    const start = this.paths.stop;
    return this.placeBetween(start, start + length, this.paths.sharedWith(start, start + length), tag);
  }

  /** The same of a path that stands there in the bytes, of which so many are those of the one before. */
  protected placeBetween(start: number, stop: number, shared: number, tag: number): NodeId {
    const { paths } = this;
    paths.next(start, stop, shared);
    const { bytes } = paths;
    let depth = this.sharedDepth();
    let node = this.way[depth] ?? this.root;
    // Of `a/.` the last part is `a` itself.
    const latest = depth < this.depth ? (this.way[depth + 1] ?? node) : node;
    let likely = latest === node ? this.links.first(node) : this.links.next(latest);
    for (let from = partAfter(bytes, start + (this.ends[depth] ?? 0)); from < stop; ) {
      const to = endOfPart(bytes, from, stop);
      const child = this.likelyChild(likely, bytes, from, to);
      node = child === none ? this.childNamed(node, bytes, from, to) : child;
      this.goOn(++depth, node, to - start);
      likely = this.links.first(node);
      from = partAfter(bytes, to);
    }
    this.depth = depth;
    this.tagWay(node, tag);
    return node;
  }

  /** How many parts of the way are those of the next path, too. */
  private sharedDepth(): number {
    const { ends } = this;
    const { bytes, start, stop, shared } = this.paths;
    const isEnd = start + shared === stop || bytes[start + shared] === slash;
    const most = isEnd ? shared : shared - 1;
    let { depth } = this;
    while (depth > 0 && (ends[depth] ?? 0) > most) depth--;
    return depth;
  }

  private goOn(depth: number, node: NodeId, end: number): void {
    if (depth >= this.way.length) {
      this.way = withRoom(this.way, depth + 1);
      this.ends = withRoom(this.ends, depth + 1);
    }
    this.way[depth] = node;
    this.ends[depth] = end;
  }

  /** The child with a label, made where it is missing. */
  protected childLabelled(parent: NodeId, label: number): NodeId {
    if (this.collapsesRepeats && this.names[parent] === label) return parent;
    const known = this.childWith(parent, label);
    if (known !== none) return known;
    const last = this.links.last(parent);
    return this.appendChild(parent, label, last === none || this.labels.compare(this.names[last] ?? 0, label) < 0);
  }

  /** Tags a place and all on the way to it: above one that has the tag all have it. */
  private tagWay(node: NodeId, tag: number): void {
    const { sets, tagSets } = this;
    for (let at = node; at !== none; at = this.parents[at] ?? none) {
      const set = sets[at] ?? noTags;
      const result = tagSets.with(set, tag);
      if (result === set) return;
      sets[at] = result;
    }
  }

  /** In a list that is sorted, the next entry of a folder is one of the next siblings. */
  private likelyChild(first: NodeId, path: Uint8Array, from: number, to: number): NodeId {
    const { links, labels, names } = this;
    let likely = first;
    for (let tries = 0; tries < likelySiblings && likely !== none; tries++) {
      if (labels.isText(names[likely] ?? 0, path, from, to)) return likely;
      likely = links.next(likely);
    }
    return none;
  }

  /** The child of a name, made where it is missing. */
  private childNamed(parent: NodeId, path: Uint8Array, from: number, to: number): NodeId {
    if (this.isSamePlace(parent, path, from, to)) return parent;
    const { labels, links } = this;
    const { size } = labels;
    const label = labels.add(path, from, to);
    const last = links.last(parent);
    const isAfter =
      last === none || (links.isSorted(parent) && labels.compareTo(this.names[last] ?? 0, path, from, to) < 0);
    if (!isAfter && label < size) {
      const known = this.childWith(parent, label);
      if (known !== none) return known;
    }
    return this.appendChild(parent, label, isAfter);
  }

  /** `isAfter`: whether it comes after the last child in the order of bytes. */
  private appendChild(parent: NodeId, label: number, isAfter: boolean): NodeId {
    const node = this.append(parent, label);
    this.links.addChild(parent, node, isAfter);
    return node;
  }
}
