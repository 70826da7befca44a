import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Sha256 } from '../hash.js';

/** A local file that should hold a content. */
export interface ContentFile {
  readonly file: string;
  readonly size: number;
}

/** The same thread asks: another one would take ten times as long to, of each of tens of thousands. */
export function foundFile(file: string): ContentFile | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? { file, size: found.size } : undefined;
}

/** Content that can be had by its hash. */
export interface ContentSource {
  has(hash: Sha256): Promise<boolean>;
  /** The local file that holds the content; throws a ReproError naming the hash when it is not there. */
  locate(hash: Sha256): Promise<string>;
  /** The same without a look at what the file holds, with its size: whoever reads it checks it. */
  find(hash: Sha256): Promise<ContentFile>;
  open(hash: Sha256): Readable;
}

/** Content kept by its hash: the store on this machine, or the `contents` of an `environment.d`. */
export interface Contents extends ContentSource {
  /** Keeps a stream; nothing is kept, not even a part, when it fails or is not what `expected` says. */
  add(content: AsyncIterable<Uint8Array> | Uint8Array, expected?: Sha256): Promise<{ hash: Sha256; size: number }>;
}
