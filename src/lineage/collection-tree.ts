import { comparePaths } from '../model/file-path.js';
import { parseImageReference, repositoryOf } from './recipes/image-reference.js';

/** One image of a collection under all its tags; what was made from it lies below the tag that it was made from. */
export class CollectionNode {
  readonly children = new Map<string, CollectionNode[]>();
  parent: { readonly node: CollectionNode; readonly tag: string } | undefined;
  /** How often it was told of. */
  count = 0;

  constructor(readonly name: string) {}
}

export interface CollectionOptions {
  /** What may stand at the top: only names that begin so. An empty text allows all. Default: `library/`. */
  readonly firstLevel?: string;
}

export interface CollectionPathOptions {
  readonly leavesOnly?: boolean;
  /** Whether tags are folders on the way, and how their names begin. Default: `.`; `false` leaves them out. */
  readonly tagPrefix?: string | false;
}

const scratch = 'scratch';
/** The root has no versions. */
const noTag = '';

/**
 * Images by what they were made from: `scratch` is the root, official images stand below it, and each image lies below
 * the tag of its base. As container-tree's tree of collections, but names may carry their registry, and what is told of
 * an image that hangs nowhere yet is kept until its base is known.
 */
export class CollectionTree {
  readonly root = new CollectionNode(scratch);
  private readonly byName = new Map<string, CollectionNode>([[scratch, this.root]]);
  private readonly firstLevel: string;

  constructor({ firstLevel = 'library/' }: CollectionOptions = {}) {
    this.firstLevel = firstLevel;
  }

  /**
   * Tells that an image was made from another; an image has one base, the one told last. Whether it hangs on the root
   * now; undefined of what is no name of an image, and where it would be its own base.
   */
  update(image: string, from: string): boolean | undefined {
    if (image === scratch) return this.putFirst(from);
    const [child, base] = [placeOf(image), from === scratch ? { name: scratch, tag: noTag } : placeOf(from)];
    if (child === undefined || base === undefined) return undefined;
    const parent = this.nodeOf(base.name);
    const node = this.nodeOf(child.name);
    if (this.isAbove(node, parent)) return undefined;
    node.count++;
    // A base may stand at the top where nothing else is known of it.
    if (parent !== this.root && parent.parent === undefined && this.isFirst(parent.name))
      this.hang(parent, this.root, noTag);
    if (parent === this.root && !this.isFirst(node.name)) return this.isRooted(node);
    if (!node.children.has(child.tag)) node.children.set(child.tag, []);
    this.hang(node, parent, base.tag);
    return this.isRooted(node);
  }

  find(name: string, tag?: string): CollectionNode | undefined {
    const node = this.byName.get(name === scratch ? scratch : (placeOf(name)?.name ?? name));
    if (node === undefined || !this.isRooted(node)) return undefined;
    return tag === undefined || node.children.has(tag) ? node : undefined;
  }

  /** All on the way to an image, the root first; nothing where it is not. */
  trace(name: string): CollectionNode[] {
    const way: CollectionNode[] = [];
    for (let node = this.find(name); node !== undefined; node = node.parent?.node) way.unshift(node);
    return way;
  }

  /** Images whose names have a text in them. */
  search(text: string): CollectionNode[] {
    return [...this].filter(({ name }) => name.includes(text));
  }

  /** How often an image was told of. */
  getCount(name: string): number {
    return this.find(name)?.count ?? 0;
  }

  /** Takes an image with all below it, or what lies below one of its tags; what it was, undefined where it is not. */
  remove(name: string, tag?: string): CollectionNode | undefined {
    const node = this.find(name);
    if (node === undefined || node === this.root) return node;
    if (tag !== undefined) {
      for (const child of node.children.get(tag) ?? []) this.forget(child);
      node.children.delete(tag);
      return node;
    }
    this.unhang(node);
    this.forget(node);
    return node;
  }

  /** Every image but the root, parents first, siblings by name. */
  *[Symbol.iterator](): Generator<CollectionNode, void> {
    yield* this.below(this.root);
  }

  /** Every image as a path from the root: `/scratch/library/debian/.latest/continuumio/miniconda3`. */
  paths({ leavesOnly = false, tagPrefix = '.' }: CollectionPathOptions = {}): string[] {
    const pathsOf = (node: CollectionNode, path: string): string[] => {
      const own = `${path}/${node.name}`;
      const inner = [...node.children].sort(byTag).flatMap(([tag, children]) => {
        const folder = tagPrefix === false || node === this.root ? own : `${own}/${tagPrefix}${tag}`;
        return [...children].sort(byNodeName).flatMap((child) => pathsOf(child, folder));
      });
      return leavesOnly && inner.length > 0 ? inner : [own, ...inner];
    };
    return pathsOf(this.root, '');
  }

  private *below(node: CollectionNode): Generator<CollectionNode, void> {
    for (const [, children] of [...node.children].sort(byTag)) {
      for (const child of [...children].sort(byNodeName)) {
        yield child;
        yield* this.below(child);
      }
    }
  }

  private putFirst(name: string): boolean | undefined {
    const place = placeOf(name);
    if (place === undefined) return undefined;
    if (!this.isFirst(place.name)) return false;
    const node = this.nodeOf(place.name);
    if (!node.children.has(place.tag)) node.children.set(place.tag, []);
    if (node.parent === undefined) this.hang(node, this.root, noTag);
    return true;
  }

  private nodeOf(name: string): CollectionNode {
    const node = this.byName.get(name) ?? new CollectionNode(name);
    this.byName.set(name, node);
    return node;
  }

  private isFirst(name: string): boolean {
    return name.startsWith(this.firstLevel);
  }

  private isRooted(node: CollectionNode): boolean {
    return this.isAbove(this.root, node);
  }

  private isAbove(one: CollectionNode, other: CollectionNode): boolean {
    for (let node: CollectionNode | undefined = other; node !== undefined; node = node.parent?.node) {
      if (node === one) return true;
    }
    return false;
  }

  private hang(node: CollectionNode, parent: CollectionNode, tag: string): void {
    this.unhang(node);
    const siblings = parent.children.get(tag) ?? [];
    siblings.push(node);
    parent.children.set(tag, siblings);
    node.parent = { node: parent, tag };
  }

  private unhang(node: CollectionNode): void {
    const siblings = node.parent?.node.children.get(node.parent.tag);
    const at = siblings?.indexOf(node) ?? -1;
    if (at !== -1) siblings?.splice(at, 1);
    node.parent = undefined;
  }

  private forget(node: CollectionNode): void {
    for (const child of this.below(node)) this.byName.delete(child.name);
    this.byName.delete(node.name);
  }
}

function placeOf(text: string): { readonly name: string; readonly tag: string } | undefined {
  const image = parseImageReference(text);
  return image && { name: repositoryOf(image), tag: image.tag ?? image.digest ?? 'latest' };
}

function byTag([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return comparePaths(one, other);
}

function byNodeName(one: CollectionNode, other: CollectionNode): number {
  return comparePaths(one.name, other.name);
}
