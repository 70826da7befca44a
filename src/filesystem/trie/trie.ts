import { type FilePath, showPath } from '../../model/file-path.js';
import { SizedPaths } from './entry-batch.js';
import { type ExportedPlace, exportPlaces } from './export.js';
import { type NodeId, type TrieColumns, TrieNodes, type TrieOptions } from './nodes.js';
import { noTags } from './tag-sets.js';
import { Texts } from './texts.js';
import type { PartialEntry } from './values.js';

/** One place of a trie, for those who ask about few of them. */
export interface TriePlace {
  readonly path: FilePath;
  /** The last part of the path; of the root `/`. */
  readonly name: string;
  /** The environments that have it, in the order in which they were added. */
  readonly tags: readonly string[];
  /** How many entries were put here. */
  readonly count: number;
}

export interface SimilarityScore {
  /** Places that any of the tags has. */
  readonly total: number;
  /** Places that all of them have. */
  readonly same: number;
  readonly diff: number;
  /** `same / total`, 0 of nothing. */
  readonly score: number;
  readonly tags: readonly string[];
}

/** The tag of what is put without one: the only environment of a trie. */
const untagged = '';

/**
 * Any number of filesystems in one prefix tree. Paths are from the root; a place on the way to an entry counts as one
 * that the environment has, and has no entry itself unless it is given one. What is known of the `Entry`s that are put
 * is known of those that come back.
 */
export class FilesystemTrie<Entry extends PartialEntry = PartialEntry> extends TrieNodes {
  private readonly tagNames: Texts;

  /** `columns`: what it has from the beginning. */
  constructor(options?: TrieOptions, columns?: TrieColumns & { readonly tags: readonly string[] }) {
    super(options, columns);
    this.tagNames = new Texts(columns?.tags);
  }

  /** Collects a stream of entries, in any order. */
  static async of<Entry extends PartialEntry>(
    entries: AsyncIterable<Entry> | Iterable<Entry>,
    signal?: AbortSignal,
    options?: TrieOptions,
  ): Promise<FilesystemTrie<Entry>> {
    const trie = new FilesystemTrie<Entry>(options);
    await trie.update(entries, untagged, signal);
    return trie;
  }

  /** The environments, in the order in which they were added. */
  get tags(): string[] {
    return this.namesOf(Array.from({ length: this.tagNames.size }, (_, tag) => tag));
  }

  /** The tags by their numbers, the empty one of what was put without a tag among them. */
  get allTags(): string[] {
    return Array.from({ length: this.tagNames.size }, (_, tag) => this.tagNames.text(tag));
  }

  /** The number of a tag in the sets of the trie. */
  tagNumber(tag: string): number | undefined {
    return this.tagNames.find(tag);
  }

  /** Makes an environment known that may have nothing. */
  addTag(tag: string): void {
    this.tagNames.add(tag);
  }

  /** Puts an entry into an environment. What that had there before is replaced. */
  insert(entry: Entry, tag = untagged): void {
    this.put(entry, this.tagNames.add(tag));
  }

  /** Puts a whole list into an environment, which may have entries already: the fastest way into a trie. */
  insertAll(entries: readonly Entry[] | SizedPaths, tag = untagged): void {
    const number = this.tagNames.add(tag);
    // Some folders are on the way only.
    if (this.nodeCount === 1) this.reserve(Math.ceil(entries.length * 1.125), entries.length);
    this.putAll(entries, number);
  }

  /** Puts all entries of an environment, which may have some already. */
  async update(entries: AsyncIterable<Entry> | Iterable<Entry>, tag = untagged, signal?: AbortSignal): Promise<void> {
    if (Array.isArray(entries) || entries instanceof SizedPaths) return this.insertAll(entries, tag);
    for await (const entry of entries) {
      signal?.throwIfAborted();
      this.insert(entry, tag);
    }
  }

  /** Puts the environments of another trie, under the tags that `nameOf` makes of theirs; undefined leaves one out. */
  merge(other: FilesystemTrie, nameOf: (tag: string) => string | undefined = (tag) => tag): void {
    const names = other.allTags.map(nameOf);
    const tags = names.map((name) => (name === undefined ? -1 : this.tagNames.add(name)));
    this.absorb(other, tags);
  }

  /** Every place with what is below it, as tree views take it. For large tries there is `exportedJson`. */
  export(): ExportedPlace {
    return exportPlaces(this);
  }

  /** Takes a path, with all below it, from one environment, or from all. */
  remove(path: string, tag?: string): void {
    const node = this.nodeAt(path);
    const number = tag === undefined ? undefined : this.tagNames.find(tag);
    if (node === undefined || (tag !== undefined && number === undefined)) return;
    this.take(node, number);
  }

  find(path: string): TriePlace | undefined {
    const node = this.nodeAt(path);
    return node === undefined ? undefined : this.placeOf(node);
  }

  /** All places on the way to a path, the root first; nothing where it is not. */
  trace(path: string): TriePlace[] {
    const node = this.nodeAt(path);
    if (node === undefined) return [];
    const way: TriePlace[] = [];
    for (let at = node; at >= this.root; at = this.parentOf(at)) way.push(this.placeOf(at));
    return way.reverse();
  }

  /** How many entries were put at a path, whichever environments they are of. */
  getCount(path: string): number {
    const node = this.nodeAt(path);
    return node === undefined ? 0 : this.countOf(node);
  }

  /** Places whose path matches, at most `limit` of them, in the order of their paths. */
  *search(pattern: RegExp, limit = Number.POSITIVE_INFINITY): Generator<TriePlace, void> {
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    let left = limit;
    for (const node of this.inPathOrder()) {
      if (left <= 0) return;
      const path = this.pathOf(node);
      if (!stateless.test(showPath(path))) continue;
      left--;
      yield this.placeOf(node);
    }
  }

  /** What an environment has at a path, as far as it is known; undefined of a place that is only on the way. */
  entry(path: string, tag = untagged): Entry | undefined {
    const node = this.nodeAt(path);
    const number = this.tagNames.find(tag);
    return node === undefined || number === undefined ? undefined : this.entryOf(node, number);
  }

  /** Names below a path, in byte order. */
  children(path: string): FilePath[] {
    const node = this.nodeAt(path);
    return node === undefined ? [] : this.sortedChildren(node).map((child) => this.nameOf(child) as FilePath);
  }

  /** How much environments have in common by their places, as a fraction of all that any of them has. */
  similarityScore(tags: readonly string[]): SimilarityScore {
    const numbers = tags.map((tag) => this.tagNames.find(tag) ?? -1);
    const weights = this.placesBySet();
    let [total, same] = [0, 0];
    for (const [set, weight] of weights.entries()) {
      if (numbers.some((tag) => this.tagSets.has(set, tag))) total += weight;
      if (numbers.every((tag) => this.tagSets.has(set, tag))) same += weight;
    }
    return { total, same, diff: total - same, score: total === 0 ? 0 : same / total, tags: [...tags] };
  }

  /** How many places have each set of tags, by the number of the set. */
  placesBySet(): Float64Array {
    const weights = new Float64Array(this.tagSets.size);
    for (let node = this.root; node < this.nodeCount; node++) {
      const set = this.setOf(node);
      if (set !== noTags) weights[set] = (weights[set] ?? 0) + 1;
    }
    return weights;
  }

  /** The entries of all environments, parents first and siblings in byte order. */
  *[Symbol.iterator](): Generator<Entry, void> {
    for (const node of this.inPathOrder()) {
      const path = this.pathOf(node);
      for (const { row } of this.valuesOf(node)) yield this.values.entry(row, path) as Entry;
    }
  }

  /** All places, parents first and siblings in byte order. */
  walk(from: NodeId = this.root): Iterable<NodeId> {
    return this.inPathOrder(from);
  }

  private entryOf(node: NodeId, tag: number): Entry | undefined {
    for (const { row, set } of this.valuesOf(node)) {
      if (this.tagSets.has(set, tag)) return this.values.entry(row, this.pathOf(node)) as Entry;
    }
    return undefined;
  }

  /** The environments that have a place. */
  tagsAt(node: NodeId): string[] {
    return this.namesOf(this.tagSets.tags(this.setOf(node)));
  }

  /** The same place for those who ask about few of them. */
  placeOf(node: NodeId): TriePlace {
    return { path: this.pathOf(node), name: this.nameOf(node), tags: this.tagsAt(node), count: this.countOf(node) };
  }

  /** Tags by their numbers; what was put without one has no name. */
  namesOf(tags: readonly number[]): string[] {
    return tags.map((tag) => this.tagNames.text(tag)).filter((tag) => tag !== untagged);
  }
}
