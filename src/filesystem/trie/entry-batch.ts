import type { FilePath } from '../../model/file-path.js';
import type { PartialEntry } from './values.js';

/** Entries, many at once. */
export type EntryBatch = readonly PartialEntry[] | SizedPaths;

/** Paths and sizes where they stand in the bytes of a list: what millions of rows are, without an object for each. */
export class SizedPaths implements Iterable<PartialEntry> {
  /**
   * `places`: of each path where it begins in the bytes, where it ends, and how many of its bytes are those of the one
   * before, one triple after the other. They are of ASCII and from the root. `sizes`: below 0 where one is not known.
   */
  constructor(
    readonly bytes: Buffer,
    readonly places: Int32Array,
    readonly sizes: Float64Array,
  ) {}

  get length(): number {
    return this.sizes.length;
  }

  /** The same in memory of its own: the bytes of a list may pass. */
  lasting(): SizedPaths {
    return new SizedPaths(Buffer.from(this.bytes), this.places, this.sizes);
  }

  *[Symbol.iterator](): Generator<PartialEntry, void> {
    for (let at = 0; at < this.length; at++) {
      const path = this.bytes.toString('latin1', this.places[3 * at], this.places[3 * at + 1]) as FilePath;
      const size = this.sizes[at] ?? -1;
      yield size < 0 ? { path } : { path, size };
    }
  }
}
