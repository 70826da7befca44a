import type { TrieOptions } from '../filesystem/trie/nodes.js';
import { FilesystemTrie } from '../filesystem/trie/trie.js';
import { silent, stage } from '../model/progress.js';
import type { SourceFacts } from './facts.js';
import { openSource } from './open.js';
import type { ReadOptions, Source } from './source.js';

/** Any number of filesystems in one trie, each under its name. */
export interface Collected {
  readonly trie: FilesystemTrie;
  readonly facts: ReadonlyMap<string, SourceFacts>;
}

/** Reads sources one after the other. */
export async function collectSources(
  sources: readonly Source[],
  options: ReadOptions,
  trieOptions?: TrieOptions,
): Promise<Collected> {
  const { progress = silent, signal } = options;
  const trie = new FilesystemTrie(trieOptions);
  const facts = new Map<string, SourceFacts>();
  for (const source of sources) {
    await using open = await openSource(source, options);
    trie.addTag(source.name);
    await stage(progress, `reading ${source.name}`, () => trie.update(open.entries(), source.name, signal));
    facts.set(source.name, await open.facts());
  }
  return { trie, facts };
}
