import { BaseCommand } from '../../cli/base-command.js';
import { checkTags, knownPlace, tagFlag, trieArgument } from '../../cli/tree-command.js';
import { ReproError } from '../../errors.js';
import { readTrieFile, writeTrieFile } from '../../filesystem/trie/file.js';
import type { TreeResult } from '../../filesystem/trie/results-schema.js';
import { FilesystemTrie } from '../../filesystem/trie/trie.js';

/** `reproman tree remove`. */
export class TreeRemove extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description =
    'take paths with all below them from a trie, from one environment or from all, or a whole environment';
  static override readonly examples = [
    '<%= config.bin %> tree remove env.trie /var/cache /tmp',
    '<%= config.bin %> tree remove env.trie /etc/tomato --tag kitchen',
    '<%= config.bin %> tree remove env.trie --tag kitchen',
  ];
  static override readonly flags = { tag: tagFlag };
  static override readonly strict = false;
  static override readonly usage = 'tree remove FILE [PATH...] [--tag NAME]';

  async run(): Promise<TreeResult<'remove'>> {
    const { argv, args, flags } = await this.parse(TreeRemove);
    const paths = argv.slice(1).map(String);
    const { trie: before, facts: factsBefore } = await readTrieFile(args.file);
    if (flags.tag !== undefined) checkTags(before, [flags.tag], args.file);
    let [trie, facts] = [before, factsBefore];
    const { size } = before;
    if (paths.length > 0) {
      const places = paths.map((path) => before.pathOf(knownPlace(before, path, args.file)));
      for (const path of places) trie.remove(path, flags.tag);
    } else if (flags.tag === undefined) {
      throw new ReproError('usage', 'there is nothing to remove', { remedy: 'give paths, or --tag NAME' });
    } else {
      trie = new FilesystemTrie(before.collapsesRepeats ? { collapseRepeats: true } : {});
      trie.merge(before, (tag) => (tag === flags.tag ? undefined : tag));
      facts = new Map([...factsBefore].filter(([tag]) => tag !== flags.tag));
    }
    await writeTrieFile(args.file, trie, facts);
    this.say(`${size - trie.size} paths are gone, ${trie.size} are left`);
    return { removed: size - trie.size, entries: trie.size, tags: trie.tags };
  }
}
