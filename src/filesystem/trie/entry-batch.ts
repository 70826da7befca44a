import type { FilePath } from '../../model/file-path.js';
import type { PartialEntry } from './values.js';

/** Entries, many at once. */
export type EntryBatch = readonly PartialEntry[] | SizedPaths;

/** Paths and sizes where they stand in the bytes of a list: what millions of rows are, without an object for each. */
export class SizedPaths implements Iterable<PartialEntry> {
  /**
   * `places`: where each path begins in the bytes and where it ends, one pair after the other. They are of ASCII and from
   * the root. `sizes`: below 0 where one is not known.
   */
  constructor(
    readonly bytes: Buffer,
    readonly places: Int32Array,
    readonly sizes: Float64Array,
  ) {}

  get length(): number {
    return this.sizes.length;
  }

  *[Symbol.iterator](): Generator<PartialEntry, void> {
    for (let at = 0; at < this.length; at++) {
      const path = this.bytes.toString('latin1', this.places[2 * at], this.places[2 * at + 1]) as FilePath;
      const size = this.sizes[at] ?? -1;
      yield size < 0 ? { path } : { path, size };
    }
  }
}
