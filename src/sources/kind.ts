import type { PartialEntry } from '../filesystem/trie/values.js';
import type { OpenSource, ReadOptions } from './source.js';

export interface OpenOptions extends ReadOptions {
  /** The whole text that was asked for: for messages. */
  readonly text: string;
}

/** One kind of what can be looked at as a filesystem. */
export interface SourceKind {
  /** How it is written, for help and messages. */
  readonly usage: string;
  /** Opens it; `rest` is what was written after the kind's name and a colon. */
  open(rest: string, options: OpenOptions): Promise<OpenSource>;
}

/** The parts of an open source that are not told by others. */
export type SourceParts = Omit<OpenSource, 'entries' | typeof Symbol.asyncDispose> & Partial<AsyncDisposable>;

export function openSourceOf(parts: SourceParts): OpenSource {
  return {
    async *entries() {
      for await (const batch of parts.batches()) yield* batch;
    },
    async [Symbol.asyncDispose]() {},
    ...parts,
  };
}

const batchSize = 1024;

/** Entries many at once, of a stream of single ones. */
export async function* inBatches(entries: AsyncIterable<PartialEntry>): AsyncGenerator<readonly PartialEntry[], void> {
  let batch: PartialEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
