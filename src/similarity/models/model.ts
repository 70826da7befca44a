import { ReproError } from '../../errors.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { SourceFacts } from '../../sources/facts.js';
import { type Features, featuresOf } from '../features.js';
import { type FeatureOptions, isPackageLevel, type Level } from '../levels.js';
import { type Counts, countsOf } from '../matrix.js';
import { packageFeaturesOf } from '../package-features.js';
import { documentsOf } from './documents.js';
import { subtreesOf } from './graph.js';

/** Environments to be seen through a model. */
export interface Environments {
  readonly trie: FilesystemTrie;
  readonly facts: ReadonlyMap<string, SourceFacts>;
}

/** What a model says of every pair. */
export interface Modelled {
  /** What each has, and each pair has in common: what metrics are computed from. */
  readonly counts: Counts;
  /** Of a model that counts things which are the same. */
  readonly features?: Features;
  /** Of a model with a score of its own, which no metric is asked for; `score` is its name. */
  readonly own?: { readonly score: string; readonly data: readonly (readonly number[])[] };
  /** Files of which what is compared is not known. */
  readonly unknown: number;
}

/** One way to see a filesystem; another is another line below. */
interface Model {
  /** In words that end a sentence beginning with "it compares". */
  readonly compares: string;
  readonly levels: readonly Level[];
  readonly weightings: readonly FeatureOptions['weighting'][];
  readonly entries: readonly FeatureOptions['entries'][];
  see(environments: Environments, options: FeatureOptions): Modelled;
}

/** A filesystem is the set of its entries, the tree that they make, or a corpus whose documents are its paths. */
export const models = {
  sets: {
    compares: 'entries, or packages, each by itself',
    levels: ['path', 'type', 'size', 'content', 'package', 'package+version'],
    weightings: ['count', 'bytes', 'rarity'],
    entries: ['all', 'files', 'folders', 'leaves'],
    see: (environments, options) => ofFeatures(environments, setsOf(environments, options)),
  },
  graph: {
    compares: 'entries with all that lies below them, wherever they lie',
    levels: ['path', 'type', 'size', 'content'],
    weightings: ['count', 'rarity'],
    entries: ['all', 'files', 'folders'],
    see: (environments, { level, ...options }) => {
      if (isPackageLevel(level)) throw new TypeError(`the model graph has no level ${level}`);
      return ofFeatures(environments, subtreesOf(environments.trie, { ...options, level }));
    },
  },
  documents: {
    compares: 'the words that paths consist of',
    levels: ['path'],
    weightings: ['count'],
    entries: ['all', 'files', 'folders'],
    see: ({ trie }, options) => {
      const { scores, words } = documentsOf(trie, { ...options, level: 'path' });
      return { counts: { names: trie.tags, both: words }, own: { score: 'cosine', data: scores }, unknown: 0 };
    },
  },
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof models;
export const modelNames = Object.keys(models) as ModelName[];

/** Looks at environments through a model; what it cannot see is told before anything is read: `checkModel`. */
export function seenAs(model: ModelName, environments: Environments, options: FeatureOptions): Modelled {
  return models[model].see(environments, options);
}

export function checkModel(name: ModelName, { level, weighting, entries }: FeatureOptions): void {
  const model: Model = models[name];
  refuse(name, '--level', level, model.levels, model);
  refuse(name, '--weight', weighting, model.weightings, model);
  refuse(name, '--entries', entries, model.entries, model);
  if (isPackageLevel(level) && entries !== 'all') {
    throw new ReproError('usage', `--entries ${entries} says nothing where packages are compared`, {
      remedy: `leave it out, or compare files: --level path`,
    });
  }
}

function refuse(name: string, flag: string, value: string, allowed: readonly string[], { compares }: Model): void {
  if (allowed.includes(value)) return;
  throw new ReproError('usage', `${flag} ${value} says nothing to the model ${name}: it compares ${compares}`, {
    remedy: allowed.length === 1 ? `leave ${flag} out` : `give one of ${allowed.join(', ')}, or --model sets`,
  });
}

function setsOf({ trie, facts }: Environments, { level, ...options }: FeatureOptions): Features {
  if (!isPackageLevel(level)) return featuresOf(trie, { ...options, level });
  return packageFeaturesOf(
    trie.tags.map((tag) => facts.get(tag)?.packages),
    { ...options, level },
  );
}

function ofFeatures({ trie }: Environments, features: Features): Modelled {
  return { features, counts: countsOf(features, trie.tags), unknown: features.unknown };
}
