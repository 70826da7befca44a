import { BaseCommand } from '../../cli/base-command.js';
import { knownPlace, placeArgument, trieArgument, versionTable } from '../../cli/tree-command.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import { lookAt } from '../../filesystem/trie/look.js';
import { placeVersionsDocument, type TreeResult } from '../../filesystem/trie/results-schema.js';
import { showPath } from '../../model/file-path.js';

/** `reproman tree find`. */
export class TreeFind extends BaseCommand {
  static override readonly args = { file: trieArgument, path: placeArgument };
  static override readonly description = 'show what environments have at a path, every version with who has it';
  static override readonly examples = [
    '<%= config.bin %> tree find env.trie /etc/ssl/openssl.cnf',
    "<%= config.bin %> tree find env.trie /usr/bin/python3 --json | jq '.versions[].hash'",
  ];

  async run(): Promise<TreeResult<'find'>> {
    const { args } = await this.parse(TreeFind);
    const { trie } = await readTrieFile(args.file);
    const place = lookAt(trie, knownPlace(trie, args.path, args.file));
    const shown = showPath(place.path);
    if (place.versions.length > 0) this.say(`${shown}\n${versionTable(place.versions)}`);
    else this.say(`${shown} is on the way to what is below, in ${place.tags.join(', ')}`);
    return placeVersionsDocument(place);
  }
}
