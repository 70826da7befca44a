import { withRoom } from './columns.js';

const slash = 47;
const none = -1;

/**
 * The way to the path that was placed last. Lists of files are sorted for the most part, so most of the way to the next
 * one is the same.
 */
export class Way {
  /** Bytes of the path that is being placed, as UTF-8, and where in them it is. Others stand around it. */
  bytes = Buffer.alloc(1 << 16);
  start = 0;
  stop = 0;
  /** The path before it. */
  private before = this.bytes;
  private beforeStart = 0;
  private beforeLength = 0;
  /** What is read next goes there, so that the path before is not overwritten. */
  private spare = Buffer.alloc(1 << 16);
  private depth = 0;
  /** How many places the last way had: what is in the columns beyond `depth` is still of it. */
  private lastDepth = 0;
  private nodes = new Int32Array(64);
  /** Where the name of each place ends in the path. */
  private ends = new Int32Array(64);
  /** Whose path it was; -1: nobody's. */
  tag = none;

  /** The last place that is on the way to both paths; `root` where they have nothing in common. */
  node(root: number): number {
    return this.depth === 0 ? root : (this.nodes[this.depth - 1] ?? root);
  }

  /** Where the part of the path that is known ends. */
  get end(): number {
    return this.depth === 0 ? 0 : (this.ends[this.depth - 1] ?? 0);
  }

  /** Where the last way went on from here; -1 where it ended. In a list that is sorted its next sibling is likely. */
  get last(): number {
    return this.depth < this.lastDepth ? (this.nodes[this.depth] ?? none) : none;
  }

  /** Reads one path, or many one after the other; how many bytes they are. The next `turnTo` is for the first. */
  read(text: string): number {
    const bytes = this.spare;
    // No unit of UTF-16 is more than three bytes of UTF-8.
    const read = text.length * 3 > bytes.length ? Buffer.alloc(text.length * 6) : bytes;
    this.before = this.bytes;
    this.beforeStart = this.start;
    this.beforeLength = this.stop - this.start;
    this.spare = this.bytes;
    this.bytes = read;
    this.start = 0;
    this.stop = 0;
    return read.write(text, 0);
  }

  /** Takes what was read back: it will be read again in another way. */
  unread(): void {
    const { before } = this;
    this.spare = this.bytes;
    this.bytes = before;
    this.start = this.beforeStart;
    this.stop = this.beforeStart + this.beforeLength;
  }

  /** Turns to the next path that was read, of so many bytes: back to where the ways to the last one and to it part. */
  turnTo(length: number, tag: number): void {
    if (this.stop > 0) {
      this.before = this.bytes;
      this.beforeStart = this.start;
      this.beforeLength = this.stop - this.start;
    }
    this.start = this.stop;
    this.stop = this.start + length;
    const isKnown = tag === this.tag;
    this.lastDepth = isKnown ? this.depth : 0;
    this.depth = isKnown ? this.sharedDepth() : 0;
    this.tag = tag;
  }

  go(node: number, end: number): void {
    const { depth } = this;
    if (depth >= this.nodes.length) {
      this.nodes = withRoom(this.nodes, depth + 1);
      this.ends = withRoom(this.ends, depth + 1);
    }
    this.nodes[depth] = node;
    this.ends[depth] = end;
    this.depth = depth + 1;
    this.lastDepth = 0;
  }

  forget(): void {
    this.tag = none;
  }

  private sharedDepth(): number {
    const { bytes, start, before, beforeStart, stop } = this;
    const shorter = Math.min(stop - start, this.beforeLength);
    let at = 0;
    while (at < shorter && bytes[start + at] === before[beforeStart + at]) at++;
    let { depth } = this;
    while (depth > 0 && (this.ends[depth - 1] ?? 0) > at) depth--;
    const isCut = depth > 0 && this.ends[depth - 1] === at && start + at < stop && bytes[start + at] !== slash;
    return isCut ? depth - 1 : depth;
  }
}
