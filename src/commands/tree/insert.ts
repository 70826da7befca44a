import { BaseCommand } from '../../cli/base-command.js';
import { tagFlag, trieArgument } from '../../cli/tree-command.js';
import { ReproError } from '../../errors.js';
import { readTrieFile, writeTrieFile } from '../../filesystem/trie/file.js';
import type { TreeResult } from '../../filesystem/trie/results-schema.js';
import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { parsePath, showPath } from '../../model/file-path.js';
import { isThere } from '../../presence.js';

/** `reproman tree insert`. */
export class TreeInsert extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description = 'put single paths into a trie, and count how often each was put';
  static override readonly examples = [
    '<%= config.bin %> tree insert env.trie /etc/tomato',
    '<%= config.bin %> tree insert env.trie /etc/tomato /etc/avocado --tag kitchen',
  ];
  static override readonly flags = { tag: tagFlag };
  static override readonly strict = false;
  static override readonly usage = 'tree insert FILE PATH... [--tag NAME]';

  async run(): Promise<TreeResult<'insert'>> {
    const { argv, args, flags } = await this.parse(TreeInsert);
    const paths = argv.slice(1).map((text) => parsePath(String(text)));
    if (paths.length === 0) throw new ReproError('usage', 'there is nothing to insert', { remedy: 'give paths' });
    const { trie, facts } = (await isThere(args.file))
      ? await readTrieFile(args.file)
      : { trie: new FilesystemTrie(), facts: new Map<string, unknown>() };
    trie.insertAll(
      paths.map((path) => ({ path })),
      flags.tag,
    );
    await writeTrieFile(args.file, trie, facts);
    const counts = Object.fromEntries(paths.map((path) => [showPath(path), trie.getCount(path)]));
    for (const [path, count] of Object.entries(counts)) this.say(`${count} ${path}`);
    return { counts };
  }
}
