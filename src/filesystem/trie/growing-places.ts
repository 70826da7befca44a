import { Folders } from './folders.js';
import { PathBytes } from './path-bytes.js';
import { endOfPart, partAfter } from './path-parts.js';
import type { NodeId } from './place-columns.js';
import { Places } from './places.js';
import { noTags } from './tag-sets.js';

const root: NodeId = 0;
const none = -1;
const slash = 47;
/** More than a system lacks at once of what others have in a folder, for the most part. */
const likelySiblings = 4;

/** The places of a trie, which come about as paths are put. */
export class GrowingPlaces extends Places {
  protected readonly paths = new PathBytes();
  private readonly folders = new Folders();
  /** Where the path was placed last: its folder, and itself there. */
  private folder: NodeId = root;
  private latest: NodeId = none;

  /** The place at a path, made where it is missing; all on the way there get the tag. */
  protected place(path: string, tag: number): NodeId {
    return this.placeNext(this.paths.read(path), tag);
  }

  /** The same of the next of the paths that were read, of so many bytes. */
  protected placeNext(length: number, tag: number): NodeId {
    const { paths } = this;
    const isThere = paths.next(length);
    const { bytes, name, stop } = paths;
    if (!isThere) {
      this.folder = this.folderOf(bytes, paths.start, name);
      this.latest = none;
    }
    let node = this.folder;
    if (name < stop) {
      const likely = this.likelyChild(bytes, name, stop);
      node = likely === none ? this.childNamed(node, bytes, name, stop) : likely;
      this.latest = node === this.folder ? none : node;
    }
    this.tagWay(node, tag);
    return node;
  }

  /** In a list that is sorted, the next entry of a folder is one of the next siblings. */
  private likelyChild(path: Uint8Array, from: number, to: number): NodeId {
    const { links, labels, names, folder, latest } = this;
    let likely = latest === none ? links.first(folder) : links.next(latest);
    for (let tries = 0; tries < likelySiblings && likely !== none; tries++) {
      if (labels.isText(names[likely] ?? 0, path, from, to)) return likely;
      likely = links.next(likely);
    }
    return none;
  }

  /** The place of a folder, whose path ends with a slash; made where it is missing. */
  private folderOf(path: Uint8Array, start: number, end: number): NodeId {
    if (end - start < 2) return root;
    const known = this.folders.find(path, start, end);
    if (known !== none) return known;
    let name = end - 1;
    while (name > start && path[name - 1] !== slash) name--;
    const above = name - start < 2 ? root : this.folders.find(path, start, name);
    const node = above === none ? this.below(root, path, start, end) : this.below(above, path, name, end);
    this.folders.find(path, start, end);
    this.folders.add(path, start, end, node);
    return node;
  }

  private below(node: NodeId, path: Uint8Array, start: number, end: number): NodeId {
    let at = node;
    for (let from = partAfter(path, start); from < end; ) {
      const to = endOfPart(path, from, end);
      at = this.childNamed(at, path, from, to);
      from = partAfter(path, to);
    }
    return at;
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

  private childNamed(parent: NodeId, path: Uint8Array, from: number, to: number): NodeId {
    if (this.isSamePlace(parent, path, from, to)) return parent;
    const { labels, links } = this;
    const last = links.last(parent);
    const order = last === none ? -1 : labels.compareTo(this.names[last] ?? 0, path, from, to);
    if (order === 0) return last;
    const { size } = labels;
    const label = labels.add(path, from, to);
    const isNew = label === size || last === none || (order < 0 && links.isSorted(parent));
    if (!isNew) {
      const known = this.childWith(parent, label);
      if (known !== none) return known;
    }
    return this.appendChild(parent, label, order < 0);
  }

  /** `isAfter`: whether it comes after the last child in the order of bytes. */
  private appendChild(parent: NodeId, label: number, isAfter: boolean): NodeId {
    const node = this.append(parent, label);
    this.links.addChild(parent, node, isAfter);
    return node;
  }
}
