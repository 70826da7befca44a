const slash = 47;

/**
 * The way to the path that was placed last. Lists of files are sorted for the most part, so most of the way to the next
 * one is the same.
 */
export class Way {
  private path = '';
  /** How many parts of it are known; what the lists have beyond that is of other paths. */
  private depth = 0;
  private readonly nodes: number[] = [];
  /** Where the name of each place ends in the path. */
  private readonly ends: number[] = [];
  private readonly beginnings: (string | undefined)[] = [];
  /** Whose path it was; -1: nobody's. */
  tag = -1;

  /** The last place that is on the way to both paths; undefined at the root. */
  get node(): number | undefined {
    return this.depth === 0 ? undefined : this.nodes[this.depth - 1];
  }

  /** Where the part of the path that is known ends. */
  get end(): number {
    return this.depth === 0 ? 0 : (this.ends[this.depth - 1] ?? 0);
  }

  /** Goes back to where the ways to the last path and to this one part. */
  turnTo(path: string, tag: number): void {
    this.depth = tag === this.tag ? this.sharedDepth(path) : 0;
    this.path = path;
    this.tag = tag;
  }

  go(node: number, end: number): void {
    this.nodes[this.depth] = node;
    this.beginnings[this.depth] = undefined;
    this.ends[this.depth++] = end;
  }

  forget(): void {
    this.tag = -1;
  }

  private sharedDepth(path: string): number {
    for (let { depth } = this; depth > 0; depth--) {
      const end = this.ends[depth - 1] ?? 0;
      const isWhole = end === path.length || path.charCodeAt(end) === slash;
      if (isWhole && startsWith(path, this.beginning(depth))) return depth;
    }
    return 0;
  }

  /** The path down to a depth, cut out when it is asked for: mostly for a folder, and then for each of its files. */
  private beginning(depth: number): string {
    this.beginnings[depth - 1] ??= this.path.slice(0, this.ends[depth - 1]);
    return this.beginnings[depth - 1] ?? '';
  }
}

/** As the method, which costs ten times as much here. From the end, as siblings differ there. */
function startsWith(path: string, beginning: string): boolean {
  let at = beginning.length - 1;
  while (at >= 0 && path.charCodeAt(at) === beginning.charCodeAt(at)) at--;
  return at < 0;
}
