import { withRoom } from './columns.js';

const none = -1;

/** The children of each place, in the order in which they were added, and whether that is the order of their bytes. */
export class Links {
  private firstChildren = new Int32Array(64);
  private lastChildren = new Int32Array(64);
  private nextSiblings = new Int32Array(64);
  private sorted = new Uint8Array(64);

  /** -1 where there is none. */
  first(parent: number): number {
    return this.firstChildren[parent] ?? none;
  }

  last(parent: number): number {
    return this.lastChildren[parent] ?? none;
  }

  /** -1 after the last. */
  next(node: number): number {
    return this.nextSiblings[node] ?? none;
  }

  isSorted(parent: number): boolean {
    return this.sorted[parent] === 1;
  }

  /** A place without children, the next one by its number. */
  addNode(node: number): void {
    if (node >= this.sorted.length) this.reserve(node + 1);
    this.firstChildren[node] = none;
    this.lastChildren[node] = none;
    this.nextSiblings[node] = none;
    this.sorted[node] = 1;
  }

  /** `isAfter`: whether it comes after the last child in the order of bytes. */
  addChild(parent: number, node: number, isAfter: boolean): void {
    const last = this.last(parent);
    if (last === none) this.firstChildren[parent] = node;
    else this.nextSiblings[last] = node;
    if (!isAfter) this.sorted[parent] = 0;
    this.lastChildren[parent] = node;
  }

  /** Room for so many places in all. */
  reserve(length: number): void {
    this.firstChildren = withRoom(this.firstChildren, length);
    this.lastChildren = withRoom(this.lastChildren, length);
    this.nextSiblings = withRoom(this.nextSiblings, length);
    this.sorted = withRoom(this.sorted, length);
  }

  /** Of places of which each comes after its parent, and siblings in the order of their bytes. */
  load(parents: Int32Array): void {
    const { length } = parents;
    this.firstChildren = new Int32Array(length).fill(none);
    this.lastChildren = new Int32Array(length).fill(none);
    this.nextSiblings = new Int32Array(length).fill(none);
    this.sorted = new Uint8Array(length).fill(1);
    for (let node = 1; node < length; node++) this.addChild(parents[node] ?? 0, node, true);
  }
}
