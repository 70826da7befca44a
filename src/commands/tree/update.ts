import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { trieArgument } from '../../cli/tree-command.js';
import { ReproError } from '../../errors.js';
import { readTrieFile, type TrieFile, writeTrieFile } from '../../filesystem/trie/file.js';
import type { TreeResult } from '../../filesystem/trie/results-schema.js';
import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { isThere } from '../../presence.js';
import { collectSources } from '../../sources/collect.js';
import { aboutSources, sourcesOf } from '../../sources/open.js';

/** `reproman tree update`. */
export class TreeUpdate extends BaseCommand {
  static override readonly args = { file: trieArgument };
  static override readonly description =
    `add whole environments to a trie, which is made if it is not there\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> tree update bases.trie docker:debian:12 docker:ubuntu:24.04',
    '<%= config.bin %> tree update env.trie before=dir:/opt/conda after=dir:/srv/conda',
    '<%= config.bin %> tree update lists.trie lists/*.json.gz',
  ];
  static override readonly flags = {
    hash: Flags.boolean({ allowNo: true, default: true, description: 'read contents for their hashes' }),
    packages: Flags.boolean({ allowNo: true, default: false, description: 'find out whose each file is' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'tree update FILE SOURCE... [--no-hash] [--packages]';

  async run(): Promise<TreeResult<'update'>> {
    const { argv, args, flags } = await this.parse(TreeUpdate);
    const { progress, signal } = this;
    const asked = argv.slice(1).map(String);
    if (asked.length === 0) throw new ReproError('usage', 'there is nothing to add', { remedy: 'give sources' });
    const kept = (await isThere(args.file)) ? await readTrieFile(args.file) : undefined;
    const added = await collectSources(sourcesOf(asked), { ...flags, progress, signal });
    const { trie, facts } = together(kept, added);
    await writeTrieFile(args.file, trie, facts);
    this.say(`${args.file} has ${trie.tags.join(', ')}: ${trie.size} paths`);
    return { file: args.file, added: added.trie.tags, tags: trie.tags, entries: trie.size };
  }
}

/** An environment that is added again replaces what it was. */
function together(kept: TrieFile | undefined, added: TrieFile): TrieFile {
  if (!kept) return added;
  const trie = new FilesystemTrie(kept.trie.collapsesRepeats ? { collapseRepeats: true } : {});
  trie.merge(kept.trie, (tag) => (added.trie.tags.includes(tag) ? undefined : tag));
  trie.merge(added.trie);
  const facts = [...kept.facts].filter(([tag]) => !added.trie.tags.includes(tag));
  return { trie, facts: new Map([...facts, ...added.facts]) };
}
