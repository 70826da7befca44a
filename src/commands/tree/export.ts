import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { trieArgument } from '../../cli/tree-command.js';
import { codeOf } from '../../errors.js';
import { type ExportedPlace, exportedJson } from '../../filesystem/trie/export.js';
import { readTrieFile } from '../../filesystem/trie/file.js';

interface Written {
  readonly output: string;
  readonly places: number;
}

/** `reproman tree export`. */
export class TreeExport extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description =
    'write a trie as nested JSON for tree views: name, key, tags, attrs, size and children of every place';
  static override readonly examples = [
    '<%= config.bin %> tree export env.trie -o data.json',
    "<%= config.bin %> tree export env.trie | jq '.children[].name'",
  ];
  static override readonly flags = {
    output: Flags.string({ char: 'o', description: 'file to write instead of standard output', helpValue: 'FILE' }),
  };

  async run(): Promise<Written | ExportedPlace | undefined> {
    const { args, flags } = await this.parse(TreeExport);
    const { output } = flags;
    const { trie } = await readTrieFile(args.file);
    if (output !== undefined) {
      await pipeline(exportedJson(trie), createWriteStream(output));
      const places = trie.inPathOrder().length;
      this.say(`${output} has ${places} places`);
      return { output, places };
    }
    if (this.jsonEnabled()) return trie.export();
    await pipeline(exportedJson(trie), process.stdout, { end: false }).catch(ignoreClosed);
    return undefined;
  }
}

/** `tree export | head` has what it wants. */
function ignoreClosed(error: unknown): void {
  if (codeOf(error) !== 'EPIPE') throw error;
}
