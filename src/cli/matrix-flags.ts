import { Flags } from '@oclif/core';
import { ReproError } from '../errors.js';
import { patternOf, type SourceFilters } from '../similarity/filters.js';
import { metricNames } from '../similarity/metrics.js';
import { similarityFlags } from './similarity-flags.js';

/** What a matrix is made of, and what it is turned into. */
export const matrixFlags = {
  ...similarityFlags,
  block: Flags.string({
    description: 'make one of so many blocks only, to be merged when all are there (with -o)',
    dependsOn: ['output'],
    helpValue: 'N/OF',
  }),
  cluster: Flags.boolean({ description: 'join what is most alike (average linkage), and order the matrix by that' }),
  csv: Flags.boolean({ description: 'print the matrix as CSV with all digits', exclusive: ['json'] }),
  cut: Flags.string({ description: 'print the groups that are joined at this score or above', helpValue: 'SCORE' }),
  exclude: Flags.string({
    description: 'leave the source of this name out',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  include: Flags.string({
    description: 'compare only sources of these names',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  matching: Flags.string({ description: 'compare only sources whose names match', helpValue: 'REGEX' }),
  merge: Flags.boolean({ description: 'put the files of all blocks together; no source is read' }),
  metric: Flags.option({ description: 'what is computed of each pair', options: metricNames, default: 'jaccard' })(),
  'min-average': Flags.string({
    description: 'leave out sources whose scores with the others are below this on average',
    helpValue: 'SCORE',
  }),
  'min-sources': Flags.integer({
    description: 'of --vectors: leave out packages that fewer sources have',
    dependsOn: ['vectors'],
    helpValue: 'N',
    min: 1,
  }),
  output: Flags.string({
    char: 'o',
    description: 'of --block: the file to write',
    dependsOn: ['block'],
    helpValue: 'FILE',
  }),
  packages: Flags.string({
    description: 'of --vectors: only packages whose distribution, name and version match',
    dependsOn: ['vectors'],
    helpValue: 'REGEX',
  }),
  vectors: Flags.option({
    description: 'print which source has which package (1 or 0) as CSV, or all packages as a tree; no pair is compared',
    options: ['packages', 'package-versions', 'package-tree'] as const,
    exclusive: ['block', 'merge', 'cluster', 'cut', 'min-average'],
  })(),
};

export function readSourceFilters(flags: {
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly matching: string | undefined;
}): SourceFilters {
  const { include = [], exclude = [], matching } = flags;
  return { include, exclude, ...(matching !== undefined && { matching: patternOf('--matching', matching) }) };
}

/** What was asked for of a matrix must be something that it is made of. */
export function checkMatrixFlags(flags: {
  readonly block: string | undefined;
  readonly merge: boolean;
  readonly model: string;
  readonly metric: string;
}): void {
  if (flags.block !== undefined && flags.model !== 'sets') {
    throw new ReproError('usage', `a matrix of the model ${flags.model} is not made in blocks`, {
      remedy: 'leave --block or --model out',
    });
  }
  if (flags.block !== undefined && flags.merge) {
    throw new ReproError('usage', '--block makes a block, and --merge puts them together', {
      remedy: 'give one of them',
    });
  }
  if (flags.model === 'documents' && flags.metric !== 'jaccard') {
    throw new ReproError('usage', `the model documents has a score of its own, and no ${flags.metric}`, {
      remedy: 'leave --metric out',
    });
  }
}
