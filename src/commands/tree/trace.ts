import { BaseCommand } from '../../cli/base-command.js';
import { knownPlace, placeArgument, placeTable, trieArgument } from '../../cli/tree-command.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import { placeDocument, type TreeResult } from '../../filesystem/trie/results-schema.js';

/** `reproman tree trace`. */
export class TreeTrace extends BaseCommand {
  static override readonly args = { file: trieArgument, path: placeArgument };
  static override readonly description = 'show all places on the way to a path, the root first';
  static override readonly examples = ['<%= config.bin %> tree trace env.trie /etc/ssl'];

  async run(): Promise<TreeResult<'trace'>> {
    const { args } = await this.parse(TreeTrace);
    const { trie } = await readTrieFile(args.file);
    const places = trie.trace(trie.pathOf(knownPlace(trie, args.path, args.file)));
    this.say(placeTable(trie, places));
    return { places: places.map(placeDocument) };
  }
}
