import { BaseCommand } from '../cli/base-command.js';
import { readSimilarityFlags, similarityFlags } from '../cli/similarity-flags.js';
import { ReproError } from '../errors.js';
import { compareSources, type Similarity as Result, similarityOf } from '../similarity/compare.js';
import { formatSimilarity } from '../similarity/format.js';
import { sourceNames, sourcesOf } from '../sources/open.js';

/** `reproman similarity`. */
export class Similarity extends BaseCommand {
  static override readonly description =
    `tell how much filesystems have in common; a source is ${sourceNames}, and NAME=SOURCE names it`;
  static override readonly examples = [
    '<%= config.bin %> similarity docker:debian:12 docker:debian:13',
    '<%= config.bin %> similarity environment.yml analysis --level content',
    '<%= config.bin %> similarity one.files.json.gz two.files.json.gz --json | jq .metrics.dice',
  ];
  static override readonly flags = similarityFlags;
  static override readonly strict = false;
  static override readonly usage = 'similarity SOURCE SOURCE... [--level path|type|size|content]';

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(Similarity);
    const { progress, signal } = this;
    if (argv.length < 2) {
      throw new ReproError('usage', 'there is nothing to compare with', { remedy: 'give two sources or more' });
    }
    const sources = sourcesOf(argv.map(String));
    const compared = await compareSources({ sources, ...readSimilarityFlags(flags), progress, signal });
    const similarity = similarityOf(compared);
    this.say(formatSimilarity(similarity, flags.weight));
    for (const note of similarity.notes) this.tell(note);
    return similarity;
  }
}
