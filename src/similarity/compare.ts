import type { SimilarityScore } from '../filesystem/trie/trie.js';
import type { Progress } from '../model/progress.js';
import { collectSources } from '../sources/collect.js';
import type { Source } from '../sources/source.js';
import { type FeatureOptions, isPackageLevel } from './levels.js';
import { type MetricName, metrics } from './metrics.js';
import { checkModel, type Environments, type Modelled, type ModelName, seenAs } from './models/model.js';
import { notesOnPackages } from './package-features.js';

export interface CompareOptions extends FeatureOptions {
  readonly sources: readonly Source[];
  /** `sets` unless it is given. */
  readonly model?: ModelName;
  /** Counts places as container-tree does, its known fault included. */
  readonly compat?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Any number of filesystems, read into one trie, and seen through a model. */
export interface Compared extends Environments, Modelled {
  readonly level: FeatureOptions['level'];
  readonly model: ModelName;
  readonly notes: readonly string[];
}

/** Two of them or more, and what they have in common. */
export interface Similarity extends SimilarityScore {
  readonly level: FeatureOptions['level'];
  readonly model: ModelName;
  /** Of the first two: every metric, or the one score of a model that has its own. */
  readonly metrics: Readonly<Partial<Record<MetricName | 'cosine', number>>>;
  /** Of the first two, in the weight that was asked for; of documents words. */
  readonly one: number;
  readonly other: number;
  readonly both: number;
  readonly notes: readonly string[];
}

export async function compareSources(options: CompareOptions): Promise<Compared> {
  const { level, entries, weighting, model = 'sets' } = options;
  return compareEnvironments(await readEnvironments(options), { level, entries, weighting, model });
}

/** Reads what the level needs of every source. */
export async function readEnvironments(options: CompareOptions): Promise<Environments> {
  const { sources, compat = false, model = 'sets', progress, signal, ...wanted } = options;
  checkModel(model, wanted);
  const read = {
    hash: wanted.level === 'content',
    ...(isPackageLevel(wanted.level) && { packages: true }),
    ...(progress && { progress }),
    ...(signal && { signal }),
  };
  return collectSources(sources, read, { collapseRepeats: compat });
}

/** As `compareSources`, of what was read already, with what the level needs. */
export function compareEnvironments(
  environments: Environments,
  { model = 'sets', ...wanted }: FeatureOptions & { readonly model?: ModelName },
): Compared {
  checkModel(model, wanted);
  const { trie, facts } = environments;
  const seen = seenAs(model, environments, wanted);
  const notes = [...notesOnContents(seen.unknown), ...notesOnEnvironments(environments, wanted)];
  return { trie, facts, ...seen, level: wanted.level, model, notes };
}

/** What is to be said of files without a content. */
export function notesOnContents(unknown: number): string[] {
  return unknown === 0 ? [] : [`Of ${unknown} files the content is not known: they count as the same as none.`];
}

/** What is to be said of packages that are not known, where they are compared. */
export function notesOnEnvironments({ trie, facts }: Environments, { level, weighting }: FeatureOptions): string[] {
  if (!isPackageLevel(level)) return [];
  const packages = trie.tags.map((tag) => facts.get(tag)?.packages);
  return notesOnPackages(trie.tags, packages, weighting);
}

export function similarityOf(compared: Compared): Similarity {
  const { counts, own, level, model, notes } = compared;
  const { both } = counts;
  const overlap = { one: both[0]?.[0] ?? 0, other: both[1]?.[1] ?? 0, both: both[0]?.[1] ?? 0 };
  const scores = own
    ? [[own.score, own.data[0]?.[1] ?? 0] as const]
    : Object.entries(metrics).map(([name, metric]) => [name, metric(overlap)] as const);
  return { ...scoreOfAll(compared), level, model, metrics: Object.fromEntries(scores), ...overlap, notes };
}

/** Of places as the first of these tools counts them, whatever the level; of packages of these. */
function scoreOfAll({ trie, level, features }: Compared): SimilarityScore {
  const { tags } = trie;
  if (!isPackageLevel(level) || !features) return trie.similarityScore(tags);
  const total = features.weights.reduce((sum, weight) => sum + weight, 0);
  const inAll = features.groups.findIndex((group) => group.length === tags.length);
  const same = features.weights[inAll] ?? 0;
  return { total, same, diff: total - same, score: total === 0 ? 0 : same / total, tags };
}
