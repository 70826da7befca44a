import type { Readable } from 'node:stream';
import type { EntryBatch } from '../filesystem/trie/entry-batch.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { ManifestDigests } from '../machines/images/stored-image.js';
import type { FilePath } from '../model/file-path.js';
import type { Progress } from '../model/progress.js';
import type { SourceFacts } from './facts.js';
import type { KeptAddresses } from './kept-addresses.js';

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
  /** Whether extended attributes are wanted, where they have to be looked for. */
  readonly attributes?: boolean;
  /** Of images for several platforms the one that is wanted: `linux/arm64/v8`, `arm64`. Default: this machine's. */
  readonly platform?: string;
  /** Keeps what is fetched from addresses for further openings. Default: each fetches anew. */
  readonly kept?: KeptAddresses;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What one layer of an image brings and hides. */
export interface SourceLayer {
  /** As in the facts of the image. */
  readonly digest: string;
  readonly entries: readonly PartialEntry[];
  /** What it hides of the layers below. */
  readonly hidden: readonly FilePath[];
  /** Folders of which nothing is left of the layers below. */
  readonly emptied: readonly FilePath[];
  /** Contents of files of this layer alone, where they can be had: its archive is read anew. */
  contents?(paths: readonly FilePath[], signal?: AbortSignal): Promise<ReadonlyMap<FilePath, Buffer>>;
}

/** One filesystem to look at, whatever it lies in. */
export interface OpenSource extends AsyncDisposable {
  /**
   * Every entry, once, in the order in which they are met; may be asked for again. Many at once: a step of an asynchronous
   * iteration costs more than an entry.
   */
  batches(): AsyncIterable<EntryBatch>;
  /** What it tells of itself; what only a reading of its entries shows is there when that has ended. */
  facts(): Promise<SourceFacts>;
  /** The content of a file, where the source has contents; links are followed. Fails as node does. */
  content?(path: FilePath): Promise<Readable>;
  /** Its layers, the lowest first, where an image has them. */
  layers?(): AsyncIterable<SourceLayer>;
  /** The digest of the manifest of an image, and of its layers as they are stored, where that is known. */
  manifest?(): Promise<ManifestDigests | undefined>;
}
