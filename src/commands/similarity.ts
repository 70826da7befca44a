import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { readScore, readSimilarityFlags, similarityFlags } from '../cli/similarity-flags.js';
import { ReproError } from '../errors.js';
import { compareSources, readEnvironments } from '../similarity/compare.js';
import { formatReport, formatRuns, formatSubtrees } from '../similarity/format-report.js';
import { isPackageLevel } from '../similarity/levels.js';
import { reportOf, type SimilarityReport } from '../similarity/report.js';
import { compareRuns, type RunComparison } from '../similarity/runs/compare-runs.js';
import { compareSubtrees, type SubtreeComparison } from '../similarity/subtrees.js';
import { aboutSources, sourcesOf } from '../sources/open.js';

interface WithRuns extends SimilarityReport {
  readonly runs?: RunComparison;
}

type Result = WithRuns | SubtreeComparison;

/** `reproman similarity`. */
export class Similarity extends BaseCommand {
  static override readonly description = `tell how much filesystems have in common\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> similarity docker:debian:12 docker:debian:13 --level package',
    '<%= config.bin %> similarity environment.yml analysis --level content',
    '<%= config.bin %> similarity one.files.json.gz two.files.json.gz --json | jq .metrics.dice',
    '<%= config.bin %> similarity docker:python:3.11 docker:python:3.12 --path /usr/local/lib/python3.11 --path /usr/local/lib/python3.12',
    '<%= config.bin %> similarity c/environment.yml python/environment.yml --runs',
  ];
  static override readonly flags = {
    ...similarityFlags,
    blend: Flags.string({
      description: 'of --runs: one number too, of so much structure and the rest function',
      dependsOn: ['runs'],
      helpValue: 'WEIGHT',
    }),
    path: Flags.string({
      description:
        'compare these two folders only, as if each were a root: of the first and second source, or both of the one',
      exclusive: ['runs'],
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
    }),
    runs: Flags.boolean({ description: 'of two specs: what their runs did, and what came of them' }),
  };
  static override readonly strict = false;
  static override readonly usage =
    'similarity SOURCE SOURCE... [--level path|type|size|content|package|package+version]';

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(Similarity);
    const { progress, signal } = this;
    const texts = argv.map(String);
    const options = { sources: sourcesOf(texts), ...readSimilarityFlags(flags), progress, signal };
    if (flags.path) return this.#subtrees(flags.path, options);
    if (texts.length < 2) {
      throw new ReproError('usage', 'there is nothing to compare with', { remedy: 'give two sources or more' });
    }
    const blend = flags.blend === undefined ? undefined : readScore('--blend', flags.blend);
    const runs = flags.runs ? await compareRuns(twoSpecs(options.sources), blend) : undefined;
    const report = await reportOf(await compareSources(options));
    this.say(formatReport(report, flags.weight));
    if (runs) this.say(formatRuns(runs));
    for (const note of [...report.notes, ...(runs?.notes ?? [])]) this.tell(note);
    return { ...report, ...(runs && { runs }) };
  }

  async #subtrees(
    paths: readonly string[],
    options: Parameters<typeof readEnvironments>[0],
  ): Promise<SubtreeComparison> {
    const { sources, level, model = 'sets', entries, weighting } = options;
    const [one, other = one] = paths;
    if (one === undefined || other === undefined || paths.length > 2 || sources.length < 1 || sources.length > 2) {
      throw new ReproError('usage', 'two folders are compared, of one source or of two', {
        remedy: 'give one or two sources, and --path once or twice',
      });
    }
    if (isPackageLevel(level) || model !== 'sets' || entries !== 'all' || weighting !== 'count') {
      throw new ReproError('usage', '--path compares entries, each as one', {
        remedy: 'of the other flags give only --level path, type, size or content',
      });
    }
    const { trie } = await readEnvironments(options);
    const result = compareSubtrees(trie, { path: one, tag: 0 }, { path: other, tag: sources.length - 1 }, level);
    this.say(formatSubtrees(result));
    return result;
  }
}

function twoSpecs(sources: readonly { readonly text: string }[]): [string, string] {
  const [one, other, ...more] = sources.map(({ text }) => text);
  if (
    one !== undefined &&
    other !== undefined &&
    more.length === 0 &&
    [one, other].every((text) => /\.ya?ml$/.test(text))
  ) {
    return [one, other];
  }
  throw new ReproError('usage', '--runs compares the runs of two specs', {
    remedy: 'give two specs that were made by reproman trace -- COMMAND',
  });
}
