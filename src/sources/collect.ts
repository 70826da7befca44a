import type { TrieOptions } from '../filesystem/trie/nodes.js';
import { FilesystemTrie } from '../filesystem/trie/trie.js';
import { silent, stage } from '../model/progress.js';
import { expandSources } from './expand.js';
import type { SourceFacts } from './facts.js';
import { openSource } from './open.js';
import type { OpenSource, ReadOptions, Source } from './source.js';

/** Any number of filesystems in one trie, each under its name. */
export interface Collected {
  readonly trie: FilesystemTrie;
  readonly facts: ReadonlyMap<string, SourceFacts>;
}

/** Reads sources one after the other; what stands for several is as many (see `expandSources`). */
export async function collectSources(
  sources: readonly Source[],
  options: ReadOptions,
  trieOptions?: TrieOptions,
): Promise<Collected> {
  return readSources(await expandSources(sources, options.signal), options, trieOptions);
}

/** Reads each source as one filesystem under its own name: what stands for several is an error that names them. */
export async function readSources(
  sources: readonly Source[],
  options: ReadOptions,
  trieOptions?: TrieOptions,
): Promise<Collected> {
  const { progress = silent } = options;
  const trie = new FilesystemTrie(trieOptions);
  const facts = new Map<string, SourceFacts>();
  for (const source of sources) {
    await using open = await openSource(source, options);
    await stage(progress, `reading ${source.name}`, () => putInto(trie, open, source, options.signal));
    facts.set(source.name, await open.facts());
  }
  return { trie, facts };
}

async function putInto(trie: FilesystemTrie, open: OpenSource, { name }: Source, signal?: AbortSignal): Promise<void> {
  trie.addTag(name);
  for await (const batch of open.batches()) {
    signal?.throwIfAborted();
    await trie.update(batch, name, signal);
  }
}
