import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { checkTags, placeTable, tagFlag, trieArgument } from '../../cli/tree-command.js';
import { ReproError, reasonOf } from '../../errors.js';
import { readTrieFile } from '../../filesystem/trie/file.js';
import { lookAt, type PlaceVersions, type Sought, searchPlaces } from '../../filesystem/trie/look.js';
import { placeVersionsDocument, type TreeResult } from '../../filesystem/trie/results-schema.js';

/** `reproman tree search`. */
export class TreeSearch extends BaseCommand {
  static override readonly args = {
    file: trieArgument,
    pattern: Args.string({ description: 'regular expression that a path matches', ignoreStdin: true }),
  };
  static override readonly description = 'search a trie by path, content or package; all that is given must hold';
  static override readonly examples = [
    "<%= config.bin %> tree search env.trie 'python3\\.[0-9]+$'",
    "<%= config.bin %> tree search env.trie --glob '*.so.6' --tag after",
    '<%= config.bin %> tree search env.trie --package libssl3 --limit 20',
    '<%= config.bin %> tree search env.trie --hash e3b0c442',
  ];
  static override readonly flags = {
    glob: Flags.string({ description: 'glob of the path, or of the name if it has no slash', helpValue: 'GLOB' }),
    hash: Flags.string({ description: 'SHA-256 of the content, or how it begins', helpValue: 'HEX' }),
    limit: Flags.integer({ description: 'places to show at most', min: 1 }),
    package: Flags.string({ description: 'part of the package it is of, as find shows it', helpValue: 'TEXT' }),
    tag: tagFlag,
  };

  async run(): Promise<TreeResult<'search'>> {
    const { args, flags } = await this.parse(TreeSearch);
    const { limit = Number.POSITIVE_INFINITY, glob, hash, tag } = flags;
    const sought: Sought = {
      ...(args.pattern !== undefined && { pattern: patternOf(args.pattern) }),
      ...(glob !== undefined && { glob }),
      ...(hash !== undefined && { hash }),
      ...(flags.package !== undefined && { package: flags.package }),
      ...(tag !== undefined && { tag }),
    };
    if (Object.keys(sought).every((key) => key === 'tag')) {
      throw new ReproError('usage', 'there is nothing to search for', {
        remedy: 'give a pattern, --glob, --hash or --package',
      });
    }
    const { trie } = await readTrieFile(args.file);
    if (tag !== undefined) checkTags(trie, [tag], args.file);
    const places: PlaceVersions[] = [];
    let more = false;
    for (const node of searchPlaces(trie, sought)) {
      more = places.length >= limit;
      if (more) break;
      places.push(lookAt(trie, node));
    }
    if (places.length > 0) this.say(placeTable(trie, places));
    this.tell(`${places.length} places${more ? ', and more' : ''}`);
    return { places: places.map(placeVersionsDocument), more };
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new ReproError('usage', reasonOf(cause), { remedy: 'see --glob for patterns such as *.so', cause });
  }
}
