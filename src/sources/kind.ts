import type { PartialEntry } from '../filesystem/trie/values.js';
import type { OpenSource, ReadOptions } from './source.js';

export interface OpenOptions extends ReadOptions {
  /** The whole text that was asked for: for messages. */
  readonly text: string;
}

/**
 * One kind of what can be looked at as a filesystem. What it opens
 * - tells packages, where `packages` asks for them, by itself: through `withPackages` where it has a machine, `keptPackages`
 *   where it is an image, or from what it knows already;
 * - has entries in any order; `/` and the folders above an entry are there only where what is read has them;
 * - looks for contents and extended attributes only where `hash` and `attributes` ask, and always tells those that it meets;
 * - tells its facts whenever they are asked for, be it before, after or without its entries;
 * - closes with itself all that it has opened, as does an opening that fails.
 */
export interface SourceKind {
  /** How it is written, for help and messages. */
  readonly usage: string;
  /** Opens it; `rest` is what was written after the kind's name and a colon. */
  open(rest: string, options: OpenOptions): Promise<OpenSource>;
}

/** The parts of an open source; not all have something to close. */
export type SourceParts = Omit<OpenSource, typeof Symbol.asyncDispose> & Partial<AsyncDisposable>;

export function openSourceOf(parts: SourceParts): OpenSource {
  return { async [Symbol.asyncDispose]() {}, ...parts };
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
