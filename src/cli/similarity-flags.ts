import { Flags } from '@oclif/core';
import { ReproError } from '../errors.js';
import { entryKinds, type FeatureOptions, levels, weightings } from '../similarity/levels.js';
import { type ModelName, modelNames } from '../similarity/models/model.js';

/** What counts when filesystems are compared. */
export const similarityFlags = {
  compat: Flags.string({
    description: 'count as another tool does, its faults included',
    options: ['containertree'] as const,
  }),
  entries: Flags.option({ description: 'which entries count', options: entryKinds, default: 'all' })(),
  level: Flags.option({
    description: 'what must be equal for an entry to be the same, or packages in the place of entries',
    options: levels,
    default: 'path',
  })(),
  model: Flags.option({
    description: 'what a filesystem is taken for: the set of its entries, their tree, or words that paths consist of',
    options: modelNames,
    default: 'sets',
  })(),
  weight: Flags.option({
    description: 'what an entry counts: one, its bytes, or more the fewer have it',
    options: weightings,
    default: 'count',
  })(),
};

export function readSimilarityFlags(flags: {
  readonly compat: string | undefined;
  readonly entries: FeatureOptions['entries'];
  readonly level: FeatureOptions['level'];
  readonly model: ModelName;
  readonly weight: FeatureOptions['weighting'];
}): FeatureOptions & { readonly compat: boolean; readonly model: ModelName } {
  const { compat, entries, level, model, weight } = flags;
  return { compat: compat !== undefined, entries, level, model, weighting: weight };
}

/** A number from 0 to 1. */
export function readScore(flag: string, text: string): number {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 1) return score;
  throw new ReproError('usage', `${flag} ${JSON.stringify(text)} is no score`, { remedy: 'give a number from 0 to 1' });
}
