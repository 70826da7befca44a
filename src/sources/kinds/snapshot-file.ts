import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { isTrieFile, readTrieFile } from '../../filesystem/trie/file.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import { type SourceFacts, sourceFactsSchema } from '../facts.js';
import { openSourceOf } from '../kind.js';
import type { OpenSource } from '../source.js';

/** Filesystems as a file has them, with what each tells of itself, by their names. */
export interface Snapshots {
  readonly trie: FilesystemTrie;
  readonly facts: ReadonlyMap<string, SourceFacts>;
}

export function isSnapshotFile(beginning: Uint8Array): boolean {
  return isTrieFile(beginning);
}

/** Reads a file of snapshots; what is not as this program writes it is an error that says where. */
export async function readSnapshots(file: string): Promise<Snapshots> {
  const { trie, facts } = await readTrieFile(file);
  const checked = new Map<string, SourceFacts>();
  for (const [tag, told] of facts) checked.set(tag, factsOf(told, `${file}#${tag}`));
  return { trie, facts: checked };
}

/** `FILE#TAG` is one of several snapshots; a file that has one needs no tag. */
export function splitTag(text: string): { readonly file: string; readonly tag: string | undefined } {
  const [, file, tag] = /^(.*\.trie)#(.*)$/s.exec(text) ?? [];
  return file === undefined ? { file: text, tag: undefined } : { file, tag };
}

/** A snapshot that was written before, as `FILE` or `FILE#TAG`. */
export async function openSnapshotFile(text: string): Promise<OpenSource> {
  const { file, tag } = splitTag(text);
  return openSnapshot(file, tag);
}

/** One of the snapshots of a file, whatever that is called. */
export async function openSnapshot(file: string, asked: string | undefined): Promise<OpenSource> {
  const { trie, facts } = await readSnapshots(file);
  const tag = chooseTag(trie.tags, asked, file);
  return openSourceOf({
    batches: () => batchesOf(trie, tag),
    facts: async () => facts.get(tag) ?? {},
  });
}

function chooseTag(tags: readonly string[], asked: string | undefined, file: string): string {
  const [only] = tags;
  if (asked === undefined && only !== undefined && tags.length === 1) return only;
  if (asked !== undefined && tags.includes(asked)) return asked;
  const what = asked === undefined ? `the file has ${tags.length} snapshots` : `it has no ${JSON.stringify(asked)}`;
  throw new ReproError('usage', what, {
    where: file,
    ...(tags.length > 0 && { remedy: `give one as ${file}#TAG: ${tags.slice(0, 20).join(', ')}` }),
  });
}

const batchSize = 4096;

async function* batchesOf(trie: FilesystemTrie, tag: string): AsyncGenerator<readonly PartialEntry[], void> {
  const number = trie.tagNumber(tag) ?? -1;
  let batch: PartialEntry[] = [];
  for (const node of trie.walk()) {
    const row = trie.rowOf(node, number);
    if (row < 0) continue;
    batch.push(trie.values.entry(row, trie.pathOf(node)));
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function factsOf(told: unknown, where: string): SourceFacts {
  const result = sourceFactsSchema.safeParse(told);
  if (result.success) return result.data;
  throw new ReproError('usage', `what a snapshot tells of itself is not understood: ${z.prettifyError(result.error)}`, {
    where,
    remedy: 'make it again with reproman snapshot',
  });
}
