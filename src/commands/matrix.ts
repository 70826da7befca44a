import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { readSimilarityFlags, similarityFlags } from '../cli/similarity-flags.js';
import { renderTable } from '../cli/table.js';
import { ReproError } from '../errors.js';
import { type Cluster, clusterByAverage, cutAt } from '../similarity/cluster.js';
import { compareSources } from '../similarity/compare.js';
import { formatCluster, matrixCsv, orderedBy, showScore } from '../similarity/format.js';
import { matrixOf, type SimilarityMatrix } from '../similarity/matrix.js';
import { metricNames } from '../similarity/metrics.js';
import { sourceNames, sourcesOf } from '../sources/open.js';

interface Result extends SimilarityMatrix {
  readonly metric: string;
  readonly tree?: Cluster;
  /** Names that were joined at the score of `--cut` or above. */
  readonly groups?: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** `reproman matrix`. */
export class Matrix extends BaseCommand {
  static override readonly description =
    `compare every filesystem with every other, exactly; a source is ${sourceNames}, and NAME=SOURCE names it`;
  static override readonly examples = [
    '<%= config.bin %> matrix lists/*.json.gz --cluster',
    '<%= config.bin %> matrix docker:debian:12 docker:ubuntu:24.04 environment.yml --metric dice --csv > matrix.csv',
    '<%= config.bin %> matrix lists/*.json.gz --cut 0.8 --json | jq .groups',
  ];
  static override readonly flags = {
    ...similarityFlags,
    cluster: Flags.boolean({ description: 'join what is most alike (average linkage), and order the matrix by that' }),
    csv: Flags.boolean({ description: 'print the matrix as CSV with all digits', exclusive: ['json'] }),
    cut: Flags.string({ description: 'print the groups that are joined at this score or above', helpValue: 'SCORE' }),
    metric: Flags.option({ description: 'what is computed of each pair', options: metricNames, default: 'jaccard' })(),
  };
  static override readonly strict = false;
  static override readonly usage = 'matrix SOURCE... [--metric NAME] [--cluster]';

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(Matrix);
    const { progress, signal } = this;
    if (argv.length === 0) throw new ReproError('usage', 'there is nothing to compare', { remedy: 'give sources' });
    const cut = flags.cut === undefined ? undefined : scoreOf(flags.cut);
    const sources = sourcesOf(argv.map(String));
    const { counts, notes } = await compareSources({ sources, ...readSimilarityFlags(flags), progress, signal });
    const plain = matrixOf(counts, flags.metric);
    const tree = flags.cluster || cut !== undefined ? clusterByAverage(plain.data) : undefined;
    const matrix = orderedBy(plain, tree);
    const groups =
      tree && cut !== undefined && cutAt(tree, cut).map((group) => group.map((at) => counts.names[at] ?? ''));
    if (flags.csv) this.say(matrixCsv(matrix));
    else this.say(formatMatrix(matrix));
    if (tree && !flags.csv) this.say(`\n${formatCluster(tree, counts.names)}`);
    if (groups) this.say(`\n${groups.map((group) => group.join(', ')).join('\n')}`);
    for (const note of notes) this.tell(note);
    return { ...matrix, metric: flags.metric, ...(tree && { tree }), ...(groups && { groups }), notes };
  }
}

function formatMatrix({ data, X, Y }: SimilarityMatrix): string {
  const columns = X.map((title, at) => ({
    ...{ title, align: 'right' as const },
    value: (row: number) => showScore(data[row]?.[at] ?? 0),
  }));
  return renderTable([{ title: '', value: (row: number) => Y[row] ?? '' }, ...columns], [...Y.keys()]);
}

function scoreOf(text: string): number {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 1) return score;
  throw new ReproError('usage', `--cut ${JSON.stringify(text)} is no score`, { remedy: 'give a number from 0 to 1' });
}
