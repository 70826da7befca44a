import { Flags } from '@oclif/core';
import { entryKinds, type FeatureOptions, levels, weightings } from '../similarity/features.js';

/** What counts when filesystems are compared. */
export const similarityFlags = {
  compat: Flags.string({
    description: 'count as another tool does, its faults included',
    options: ['containertree'] as const,
  }),
  entries: Flags.option({ description: 'which entries count', options: entryKinds, default: 'all' })(),
  level: Flags.option({
    description: 'what must be equal for an entry to be the same',
    options: levels,
    default: 'path',
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
  readonly weight: FeatureOptions['weighting'];
}): FeatureOptions & { readonly compat: boolean } {
  const { compat, entries, level, weight } = flags;
  return { compat: compat !== undefined, entries, level, weighting: weight };
}
