import type { FilesystemTrie, SimilarityScore } from '../filesystem/trie/trie.js';
import type { Progress } from '../model/progress.js';
import { collectSources } from '../sources/collect.js';
import type { Source } from '../sources/source.js';
import { type FeatureOptions, featuresOf } from './features.js';
import { type Counts, countsOf } from './matrix.js';
import { type MetricName, metrics } from './metrics.js';

export interface CompareOptions extends FeatureOptions {
  readonly sources: readonly Source[];
  /** Counts places as container-tree does, its known fault included. */
  readonly compat?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Any number of filesystems, read into one trie. */
export interface Compared {
  readonly trie: FilesystemTrie;
  readonly counts: Counts;
  readonly notes: readonly string[];
}

/** Two of them or more, and what they have in common. */
export interface Similarity extends SimilarityScore {
  readonly metrics: Readonly<Record<MetricName, number>>;
  /** Of the first two, in the weight that was asked for. */
  readonly one: number;
  readonly other: number;
  readonly both: number;
  readonly notes: readonly string[];
}

export async function compareSources(options: CompareOptions): Promise<Compared> {
  const { sources, compat = false, progress, signal, ...wanted } = options;
  const read = { hash: wanted.level === 'content', ...(progress && { progress }), ...(signal && { signal }) };
  const { trie } = await collectSources(sources, read, { collapseRepeats: compat });
  const features = featuresOf(trie, wanted);
  const counts = countsOf(features, trie.tags);
  const notes =
    features.unknown === 0
      ? []
      : [`Of ${features.unknown} files the content is not known: they count as the same as none.`];
  return { trie, counts, notes };
}

export function similarityOf({ trie, counts: { both }, notes }: Compared): Similarity {
  const overlap = { one: both[0]?.[0] ?? 0, other: both[1]?.[1] ?? 0, both: both[0]?.[1] ?? 0 };
  const scores = Object.entries(metrics).map(([name, metric]) => [name, metric(overlap)] as const);
  return {
    ...trie.similarityScore(trie.tags),
    metrics: Object.fromEntries(scores) as Record<MetricName, number>,
    ...overlap,
    notes,
  };
}
