import { createReadStream } from 'node:fs';
import { forEachConcurrently } from '../archives/concurrency.js';
import { withoutCredentials } from '../archives/http.js';
import { readListIndex, recogniseList } from '../filesystem/lists/read.js';
import { beginningOf, whatLiesAt } from './kinds/file.js';
import { remoteStream } from './kinds/remote.js';
import { readSnapshots, splitTag } from './kinds/snapshot-file.js';
import type { Source } from './source.js';

/** Files and addresses that are looked at. */
const looksAtOnce = 8;

/**
 * The sources that were asked for, one by one: a file of several snapshots stands for each of them, and an index of lists
 * for each list that it names.
 */
export async function expandSources(sources: readonly Source[], signal?: AbortSignal): Promise<Source[]> {
  const parts = new Map<Source, readonly Source[]>();
  await forEachConcurrently(sources, looksAtOnce, async (source) => {
    parts.set(source, await partsOf(source, signal));
  });
  const taken = new Set<string>();
  const expanded: Source[] = [];
  for (const source of sources) {
    for (const { name, text } of parts.get(source) ?? []) {
      let free = name;
      for (let number = 2; taken.has(free); number++) free = `${name} (${number})`;
      taken.add(free);
      expanded.push({ name: free, text });
    }
  }
  return expanded;
}

async function partsOf(source: Source, signal: AbortSignal | undefined): Promise<readonly Source[]> {
  const { text } = source;
  const lists = await listsOf(text, signal);
  if (lists) return lists.map(({ name, url }) => ({ name, text: resolveFrom(text, url) }));
  const { file, tag } = splitTag(text);
  if (tag !== undefined || !file.endsWith('.trie') || (await whatLiesAt(file)) !== 'file') return [source];
  const { tags } = (await readSnapshots(file)).trie;
  return tags.length === 1 ? [source] : tags.map((each) => ({ name: each, text: `${file}#${each}` }));
}

async function listsOf(text: string, signal: AbortSignal | undefined) {
  if (/^https?:\/\/.*\/(?:files|index)\.json(?:\.gz|\.zst)?$/.test(text)) {
    return readListIndex(await remoteStream(text, signal), withoutCredentials(text));
  }
  if (!/\.json(?:\.gz|\.zst)?$/.test(text) || (await whatLiesAt(text)) !== 'file') return undefined;
  if (!(await recogniseList(beginningOf(text)))?.isIndex) return undefined;
  return readListIndex(createReadStream(text), text);
}

/** Addresses in an index may be meant from where it lies. */
function resolveFrom(index: string, url: string): string {
  return /^https?:\/\//.test(index) ? new URL(url, index).href : url;
}
