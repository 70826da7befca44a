import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { type Column, renderTable } from '../../cli/table.js';
import { knownPlace, placeTable, trieArgument } from '../../cli/tree-command.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import { placeDocument, type TreeResult } from '../../filesystem/trie/results-schema.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';

interface Environment {
  readonly name: string;
  /** Places it has, those on the way included. */
  readonly places: number;
  /** Of these, the ones that no other environment has. */
  readonly own: number;
}

const columns: readonly Column<Environment>[] = [
  { title: 'ENVIRONMENT', value: ({ name }) => name },
  { title: 'PLACES', align: 'right', value: ({ places }) => String(places) },
  { title: 'ONLY THERE', align: 'right', value: ({ own }) => String(own) },
];

/** `reproman tree ls`. */
export class TreeLs extends BaseCommand {
  static override readonly args = {
    file: trieArgument,
    path: Args.string({ description: 'path of a folder, as it is shown', ignoreStdin: true }),
  };
  static override readonly description = 'list the environments of a trie, or what is in one of its folders';
  static override readonly examples = ['<%= config.bin %> tree ls env.trie', '<%= config.bin %> tree ls env.trie /opt'];

  async run(): Promise<TreeResult<'ls'>> {
    const { args } = await this.parse(TreeLs);
    const { trie } = await readTrieFile(args.file);
    if (args.path === undefined) {
      const environments = environmentsOf(trie);
      this.say(renderTable(columns, environments));
      return { environments };
    }
    const folder = knownPlace(trie, args.path, args.file);
    const places = trie.sortedChildren(folder).map((node) => trie.placeOf(node));
    this.say(placeTable(trie, places));
    return { places: places.map(placeDocument) };
  }
}

function environmentsOf(trie: FilesystemTrie): Environment[] {
  const weights = Array.from(trie.placesBySet(), (places, set) => ({
    places,
    tags: trie.namesOf(trie.tagSets.tags(set)),
  }));
  const sum = (counted: typeof weights) => counted.reduce((all, { places }) => all + places, 0);
  return trie.tags.map((name) => {
    const having = weights.filter(({ tags }) => tags.includes(name));
    return { name, places: sum(having), own: sum(having.filter(({ tags }) => tags.length === 1)) };
  });
}
