import { BaseCommand } from '../../cli/base-command.js';
import { checkTags, trieArgument } from '../../cli/tree-command.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import type { SimilarityScore } from '../../filesystem/trie/trie.js';

/** `reproman tree score`. */
export class TreeScore extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description =
    'tell how much environments of a trie have in common, by their places; without names all of them';
  static override readonly examples = [
    '<%= config.bin %> tree score env.trie before after',
    '<%= config.bin %> tree score env.trie --json | jq .score',
  ];
  static override readonly strict = false;
  static override readonly usage = 'tree score FILE [NAME...]';

  async run(): Promise<SimilarityScore> {
    const { argv, args } = await this.parse(TreeScore);
    const { trie } = await readTrieFile(args.file);
    const asked = argv.slice(1).map(String);
    checkTags(trie, asked, args.file);
    const score = trie.similarityScore(asked.length > 0 ? asked : trie.tags);
    const { total, same, diff, tags } = score;
    this.say(`${total} places in ${tags.join(', ')}: ${same} in all, ${diff} not (score ${score.score.toFixed(4)})`);
    return score;
  }
}
