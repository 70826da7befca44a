import type { Readable } from 'node:stream';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { Progress } from '../model/progress.js';
import type { SourceFacts } from './facts.js';

/** One filesystem that was asked for. */
export interface Source {
  /** What it is called in results. */
  readonly name: string;
  readonly text: string;
}

export interface ReadOptions {
  /** Whether contents are wanted, where they have to be read to be known. */
  readonly hash: boolean;
  /** Whether packages are wanted, where they have to be looked for: those of `facts`, and `package` of each entry. */
  readonly packages?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** One filesystem to look at, whatever it lies in. */
export interface OpenSource extends AsyncDisposable {
  /** Every entry, once, in the order in which they are met; may be asked for again. */
  entries(): AsyncIterable<PartialEntry>;
  /** What it tells of itself; what only a reading of its entries shows is there when that has ended. */
  facts(): Promise<SourceFacts>;
  /** The content of a file, where the source has contents. */
  content?(path: FilePath): Promise<Readable>;
  /** Its files as a machine has them, where they can be read like that. */
  readonly machine?: Machine;
}
