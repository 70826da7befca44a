import { withRoom } from './columns.js';
import { type EntryBatch, SizedPaths } from './entry-batch.js';
import { GrowingPlaces } from './growing-places.js';
import type { NodeId, PlaceColumns, TrieOptions } from './place-columns.js';
import { SetTranslation } from './set-translation.js';
import { noTags } from './tag-sets.js';
import { type PartialEntry, Values } from './values.js';

export type { NodeId, TrieOptions } from './place-columns.js';

const none = -1;
/** Paths that are read at once. */
const batch = 512;

/** A trie in columns: places, how often each was put, how many values each has, and these in the same order. */
export interface TrieColumns extends PlaceColumns {
  readonly counts: Uint32Array;
  readonly valueCounts: Uint32Array;
  readonly valueSets: Int32Array;
  readonly values: Values;
}

/**
 * Filesystems as one prefix tree over the parts of their paths: what is compared. Each environment in it has a tag, and
 * each place the set of tags of those that have it. Places that only lie on the way to an entry have the tag and no
 * entry. All is kept in columns by the number of the place.
 */
export class TrieNodes extends GrowingPlaces {
  readonly values: Values;
  private entries = 0;
  private counts = new Uint32Array(64);
  /** One more than the first row, so that 0 is none. */
  private firstValues = new Int32Array(64);
  /** By row of `values`: which environments have it so, and one more than the next row of the same place. */
  private valueSets = new Int32Array(64);
  private nextValues = new Int32Array(64);

  constructor(options: TrieOptions = {}, columns?: TrieColumns) {
    super(options, columns);
    this.values = columns?.values ?? new Values();
    if (columns) this.loadValues(columns);
  }

  /** The number of places that have an entry in any environment. */
  get size(): number {
    return this.entries;
  }

  countOf(node: NodeId): number {
    return this.counts[node] ?? 0;
  }

  /** The first row of what environments have at a place; -1 where none has an entry. */
  firstRow(node: NodeId): number {
    return (this.firstValues[node] ?? 0) - 1;
  }

  /** The next row of the same place, or -1. */
  nextRow(row: number): number {
    return (this.nextValues[row] ?? 0) - 1;
  }

  /** Which environments have a row; no tags where it was replaced. */
  rowSet(row: number): number {
    return this.valueSets[row] ?? noTags;
  }

  /** What an environment has at a place, by the number of its tag; -1 where it has no entry. */
  rowOf(node: NodeId, tag: number): number {
    for (let row = this.firstRow(node); row !== none; row = this.nextRow(row)) {
      if (this.tagSets.has(this.rowSet(row), tag)) return row;
    }
    return none;
  }

  /** What the environments have at a place, each value once, with the set of those that have it. */
  *valuesOf(node: NodeId): Generator<{ readonly row: number; readonly set: number }, void> {
    for (let row = this.firstRow(node); row !== none; row = this.nextRow(row)) {
      const set = this.rowSet(row);
      if (set !== noTags) yield { row, set };
    }
  }

  /** Gives an environment an entry. What it had there before is replaced. */
  protected put(entry: PartialEntry, tag: number): NodeId {
    return this.putAt(this.place(entry.path, tag), entry, tag);
  }

  /** The same of many. */
  protected putAll(entries: EntryBatch, tag: number): void {
    if (entries instanceof SizedPaths) this.putSized(entries, tag);
    else this.putEntries(entries, tag);
  }

  private putSized({ bytes, places, sizes }: SizedPaths, tag: number): void {
    this.paths.readFrom(bytes);
    for (let at = 0; at < sizes.length; at++) {
      const node = this.placeBetween(places[3 * at] ?? 0, places[3 * at + 1] ?? 0, places[3 * at + 2] ?? 0, tag);
      this.putSizeAt(node, sizes[at] ?? -1, tag);
    }
  }

  /** Their paths are read many at once. */
  private putEntries(entries: readonly PartialEntry[], tag: number): void {
    for (let from = 0; from < entries.length; from += batch) {
      const stop = Math.min(from + batch, entries.length);
      let text = '';
      for (let at = from; at < stop; at++) text += entries[at]?.path;
      const isAscii = this.paths.read(text) === text.length;
      for (let at = from; at < stop; at++) {
        const entry = entries[at] as PartialEntry;
        const node = isAscii ? this.placeNext(entry.path.length, tag) : this.place(entry.path, tag);
        this.putAt(node, entry, tag);
      }
    }
  }

  private putAt(node: NodeId, entry: PartialEntry, tag: number): NodeId {
    let same = none;
    const first = this.firstRow(node);
    for (let row = first; row !== none; row = this.nextRow(row)) {
      if (same === none && this.values.isSame(row, entry)) same = row;
      else this.valueSets[row] = this.tagSets.without(this.rowSet(row), tag);
    }
    if (same === none) same = this.addRow(node, this.values.add(entry));
    this.valueSets[same] = this.tagSets.with(this.rowSet(same), tag);
    this.count(node, 1);
    return node;
  }

  /** The same of one of which no more than the size is known; below 0: not that either. */
  private putSizeAt(node: NodeId, size: number, tag: number): void {
    let same = none;
    for (let row = this.firstRow(node); row !== none; row = this.nextRow(row)) {
      if (same === none && this.values.isSameSize(row, size)) same = row;
      else this.valueSets[row] = this.tagSets.without(this.rowSet(row), tag);
    }
    if (same === none) same = this.addRow(node, this.values.addSize(size));
    this.valueSets[same] = this.tagSets.with(this.rowSet(same), tag);
    this.count(node, 1);
  }

  protected override reserve(nodes: number, rows = 0): void {
    super.reserve(nodes);
    this.counts = withRoom(this.counts, this.nodeCount + nodes);
    this.firstValues = withRoom(this.firstValues, this.nodeCount + nodes);
    if (rows === 0) return;
    const length = this.values.length + rows;
    this.valueSets = withRoom(this.valueSets, length);
    this.nextValues = withRoom(this.nextValues, length);
    this.values.reserve(length);
  }

  protected count(node: NodeId, times: number): void {
    if (node >= this.counts.length) this.counts = withRoom(this.counts, node + 1);
    const before = this.counts[node] ?? 0;
    if (before === 0) this.entries++;
    this.counts[node] = before + times;
  }

  /** Makes a new row of `values` the first of a place; nobody has it yet. */
  protected addRow(node: NodeId, row: number): number {
    if (node >= this.firstValues.length) this.firstValues = withRoom(this.firstValues, node + 1);
    if (row >= this.valueSets.length) {
      this.valueSets = withRoom(this.valueSets, row + 1);
      this.nextValues = withRoom(this.nextValues, row + 1);
    }
    this.nextValues[row] = this.firstValues[node] ?? 0;
    this.firstValues[node] = row + 1;
    return row;
  }

  /** Puts what another trie has, `tags` being the numbers here of its tags or -1. What these had here is replaced. */
  protected absorb(other: TrieNodes, tags: readonly number[]): void {
    if (this.nodeCount === 1) this.reserve(other.nodeCount, other.values.length);
    const sets = new SetTranslation(this.tagSets, other.tagSets, tags);
    const labels = new Int32Array(other.labels.size).fill(none);
    const { bytes, ends } = other.labels.view();
    const places = new Int32Array(other.nodeCount);
    for (let node = 0; node < other.nodeCount; node++) {
      if (node !== other.root) {
        if (sets.translate(other.setOf(node)) === noTags) continue;
        const label = other.labelOf(node);
        if (labels[label] === none) labels[label] = this.labels.add(bytes, ends[label - 1] ?? 0, ends[label] ?? 0);
        places[node] = this.childLabelled(places[other.parentOf(node)] ?? 0, labels[label] ?? 0);
      }
      const place = places[node] ?? 0;
      this.sets[place] = sets.union(this.setOf(place), other.setOf(node));
      const put = this.absorbValues(place, other, node, sets);
      if (put > 0) this.count(place, tags.includes(none) ? put : other.countOf(node));
    }
  }

  private absorbValues(place: NodeId, other: TrieNodes, node: NodeId, sets: SetTranslation): number {
    let put = 0;
    const before = this.firstRow(place);
    for (let given = other.firstRow(node); given !== none; given = other.nextRow(given)) {
      const set = other.rowSet(given);
      const kept = sets.translate(set);
      if (kept === noTags) continue;
      put += this.tagSets.tags(kept).length;
      let same = none;
      for (let row = before; row !== none; row = this.nextRow(row)) {
        if (this.values.isSameAs(row, other.values, given)) same = row;
        else this.valueSets[row] = sets.difference(this.rowSet(row), set);
      }
      if (same === none) same = this.addRow(place, this.values.addFrom(other.values, given));
      this.valueSets[same] = sets.union(this.rowSet(same), set);
    }
    return put;
  }

  /** Takes a place, with all below it, from one environment, or from all. */
  protected take(node: NodeId, tag: number | undefined): void {
    const without = (set: number) => (tag === undefined ? noTags : this.tagSets.without(set, tag));
    for (const at of this.inPathOrder(node)) {
      this.sets[at] = without(this.setOf(at));
      for (let row = this.firstRow(at); row !== none; row = this.nextRow(row))
        this.valueSets[row] = without(this.rowSet(row));
      if (this.setOf(at) !== noTags || this.countOf(at) === 0) continue;
      this.counts[at] = 0;
      this.entries--;
    }
  }

  private loadValues({ counts, valueCounts, valueSets }: TrieColumns): void {
    this.counts = counts as Uint32Array<ArrayBuffer>;
    this.valueSets = valueSets as Int32Array<ArrayBuffer>;
    this.firstValues = new Int32Array(counts.length);
    this.nextValues = new Int32Array(valueSets.length);
    let row = 0;
    for (let node = 0; node < counts.length; node++) {
      if (this.countOf(node) > 0) this.entries++;
      const end = row + (valueCounts[node] ?? 0);
      if (row < end) this.firstValues[node] = row + 1;
      for (; row < end; row++) this.nextValues[row] = row + 1 < end ? row + 2 : 0;
    }
  }
}
