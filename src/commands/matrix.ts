import { writeFile } from 'node:fs/promises';
import type { Interfaces } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { checkMatrixFlags, matrixFlags, readSourceFilters } from '../cli/matrix-flags.js';
import { readScore, readSimilarityFlags } from '../cli/similarity-flags.js';
import { renderTable } from '../cli/table.js';
import { ReproError } from '../errors.js';
import { type MatrixPart, mergeParts, parseBlock, partOf, readPart } from '../similarity/blocks.js';
import { type Cluster, clusterByAverage, copheneticCorrelation, cutAt, inLeafOrder } from '../similarity/cluster.js';
import { compareSources, readEnvironments } from '../similarity/compare.js';
import { type Correlation, variablesAndScores } from '../similarity/correlation.js';
import {
  dropPackages,
  dropSparse,
  filterSources,
  patternOf,
  type Removed,
  removedText,
  selectCounts,
} from '../similarity/filters.js';
import { formatCluster, matrixCsv, orderedBy, showScore } from '../similarity/format.js';
import { matrixOf, type SimilarityMatrix } from '../similarity/matrix.js';
import { notesOnPackages } from '../similarity/package-features.js';
import { formatPackageTree, type PackageNode, packageTreeOf, vectorsOf } from '../similarity/vectors.js';
import { aboutSources, sourcesOf } from '../sources/open.js';

interface Told {
  /** Sources and packages that filters took away. */
  readonly removed: readonly Removed[];
  readonly notes: readonly string[];
}

interface Scores extends SimilarityMatrix, Told {
  readonly metric: string;
  /** Its leaves are rows of `data`. */
  readonly tree?: Cluster;
  /** How truly the tree tells the scores, from -1 to 1. */
  readonly cophenetic?: number;
  /** Names that were joined at the score of `--cut` or above. */
  readonly groups?: readonly (readonly string[])[];
  readonly variables?: Correlation;
}

interface Vectors extends SimilarityMatrix, Told {}
interface Tree extends Told {
  readonly packages: PackageNode;
}
interface BlockMade extends Told {
  readonly file: string;
  readonly block: MatrixPart['block'];
}

/** What a matrix of scores is made of. */
type Scored = Pick<Scores, 'metric' | 'removed' | 'notes' | 'variables'> & { readonly matrix: SimilarityMatrix };

/** `reproman matrix`. */
export class Matrix extends BaseCommand {
  static override readonly description = `compare every filesystem with every other, exactly\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> matrix lists/*.json.gz --cluster',
    '<%= config.bin %> matrix docker:debian:12 docker:ubuntu:24.04 environment.yml --metric dice --csv > matrix.csv',
    '<%= config.bin %> matrix lists/*.json.gz --cut 0.8 --json | jq .groups',
    '<%= config.bin %> matrix images/*.tar --vectors package-versions --min-sources 2 > packages.csv',
    '<%= config.bin %> matrix lists/* --block 1/4 -o part1.json',
    '<%= config.bin %> matrix --merge part*.json --metric dice',
  ];
  static override readonly flags = matrixFlags;
  static override readonly strict = false;
  static override readonly usage = 'matrix SOURCE... [--metric NAME] [--cluster]';

  async run(): Promise<Scores | Vectors | Tree | BlockMade> {
    const { argv, flags } = await this.parse(Matrix);
    checkMatrixFlags(flags);
    const texts = argv.map(String);
    if (texts.length === 0) throw new ReproError('usage', 'there is nothing to compare', { remedy: 'give sources' });
    if (flags.vectors) return this.#vectors(texts, flags.vectors, flags);
    if (flags.block !== undefined) return this.#block(texts, flags.block, flags);
    const least = flags['min-average'] === undefined ? 0 : readScore('--min-average', flags['min-average']);
    const cut = flags.cut === undefined ? undefined : readScore('--cut', flags.cut);
    const scored = flags.merge ? await this.#merged(texts, flags) : await this.#compared(texts, flags);
    const { matrix: dense, removed } = dropSparse(scored.matrix, least);
    const tree = flags.cluster || cut !== undefined ? clusterByAverage(dense.data) : undefined;
    const cophenetic = tree && copheneticCorrelation(tree, dense.data);
    const matrix = orderedBy(dense, tree);
    const groups = tree && cut !== undefined && cutAt(tree, cut).map((group) => group.map((at) => dense.Y[at] ?? ''));
    this.say(flags.csv ? matrixCsv(matrix) : formatMatrix(matrix));
    if (tree && !flags.csv) this.say(`\n${formatCluster(tree, dense.Y)}`);
    if (groups && !flags.csv) this.say(`\n${groups.map((group) => group.join(', ')).join('\n')}`);
    const { variables, metric, notes } = scored;
    if (cophenetic !== undefined)
      this.tell(`The tree tells the scores with a cophenetic r of ${showScore(cophenetic)}.`);
    if (variables) this.tell(formatCorrelation(variables));
    const told = this.#told({ removed: [...scored.removed, ...removed], notes });
    return {
      ...matrix,
      metric,
      ...(tree && { tree: inLeafOrder(tree) }),
      ...(cophenetic !== undefined && { cophenetic }),
      ...(groups && { groups }),
      ...(variables && { variables }),
      ...told,
    };
  }

  async #compared(texts: readonly string[], flags: MatrixFlags): Promise<Scored> {
    const { kept: sources, removed } = filterSources(sourcesOf(texts), readSourceFilters(flags));
    const { counts, own, facts, notes } = await compareSources({ sources, ...this.#options(flags) });
    const { names } = counts;
    const matrix = own ? { data: own.data, X: names, Y: names } : matrixOf(counts, flags.metric);
    const variables = variablesAndScores(matrix, facts);
    return { matrix, metric: own?.score ?? flags.metric, removed, notes, ...(variables && { variables }) };
  }

  async #merged(files: readonly string[], flags: MatrixFlags): Promise<Scored> {
    const { counts, notes } = mergeParts(await Promise.all(files.map(readPart)));
    const named = counts.names.map((name, at) => ({ name, at }));
    const { kept, removed } = filterSources(named, readSourceFilters(flags));
    const some = selectCounts(
      counts,
      kept.map(({ at }) => at),
    );
    return { matrix: matrixOf(some, flags.metric), metric: flags.metric, removed, notes };
  }

  async #block(texts: readonly string[], which: string, flags: MatrixFlags): Promise<BlockMade> {
    const block = parseBlock(which);
    const { kept: sources, removed } = filterSources(sourcesOf(texts), readSourceFilters(flags));
    const options = this.#options(flags);
    const part = partOf(await readEnvironments({ sources, ...options }), block, options);
    const file = flags.output ?? '';
    await writeFile(file, `${JSON.stringify(part)}\n`);
    this.say(file);
    return { file, block, ...this.#told({ removed, notes: part.notes }) };
  }

  async #vectors(texts: readonly string[], kind: NonNullable<MatrixFlags['vectors']>, flags: MatrixFlags) {
    const { kept: sources, removed } = filterSources(sourcesOf(texts), readSourceFilters(flags));
    const matching = flags.packages === undefined ? undefined : patternOf('--packages', flags.packages);
    const level = kind === 'packages' ? 'package' : 'package+version';
    const { trie, facts } = await readEnvironments({ sources, ...this.#options(flags), model: 'sets', level });
    const packages = trie.tags.map((tag) => facts.get(tag)?.packages);
    const notes = notesOnPackages(trie.tags, packages, 'count');
    const all = vectorsOf(trie.tags, packages, level);
    const least = flags['min-sources'];
    const some = dropPackages(all, { ...(least !== undefined && { least }), ...(matching && { matching }) });
    const told = { removed: [...removed, ...some.removed], notes };
    if (kind === 'package-tree') {
      const tree = packageTreeOf(trie.tags, packages, new Set(some.vectors.X));
      this.say(formatPackageTree(tree, trie.tags.length));
      return { packages: tree, ...this.#told(told) };
    }
    this.say(matrixCsv(some.vectors));
    return { ...some.vectors, ...this.#told(told) };
  }

  #options(flags: MatrixFlags) {
    return { ...readSimilarityFlags(flags), progress: this.progress, signal: this.signal };
  }

  /** What was removed, and what is not known, whatever the output is. */
  #told({ removed, notes }: Told): Told {
    if (removed.length > 0) this.tell(removedText(removed));
    for (const note of notes) this.tell(note);
    return { removed, notes };
  }
}

type MatrixFlags = Interfaces.InferredFlags<typeof matrixFlags>;

function formatMatrix({ data, X, Y }: SimilarityMatrix): string {
  const columns = X.map((title, at) => ({
    ...{ title, align: 'right' as const },
    value: (row: number) => showScore(data[row]?.[at] ?? 0),
  }));
  return renderTable([{ title: '', value: (row: number) => Y[row] ?? '' }, ...columns], [...Y.keys()]);
}

function formatCorrelation({ pairs, r }: Correlation): string {
  return `Over ${pairs} pairs, the scores and those of environment variables correlate with r = ${r.toFixed(3)}.`;
}
