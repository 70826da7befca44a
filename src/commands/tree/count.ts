import { BaseCommand } from '../../cli/base-command.js';
import { trieArgument } from '../../cli/tree-command.js';
import { ReproError } from '../../errors.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import type { TreeResult } from '../../filesystem/trie/results-schema.js';
import { parsePath } from '../../model/file-path.js';

/** `reproman tree count`. */
export class TreeCount extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description = 'tell how often paths were put into a trie, by whichever environments';
  static override readonly examples = ['<%= config.bin %> tree count env.trie /etc/tomato /etc/ssl'];
  static override readonly strict = false;
  static override readonly usage = 'tree count FILE PATH...';

  async run(): Promise<TreeResult<'count'>> {
    const { argv, args } = await this.parse(TreeCount);
    const paths = argv.slice(1).map(String);
    if (paths.length === 0) throw new ReproError('usage', 'there is nothing to count', { remedy: 'give paths' });
    const { trie } = await readTrieFile(args.file);
    const counts = Object.fromEntries(paths.map((path) => [path, trie.getCount(parsePath(path))]));
    for (const [path, count] of Object.entries(counts)) this.say(`${count} ${path}`);
    return { counts };
  }
}
