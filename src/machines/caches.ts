import { isSoundHashCache, keptHashes } from './hashing/cache.js';
import { type DocumentKind, isSoundDocument, keptDocuments } from './images/kept-documents.js';
import { byLastUse, type KeptFile, keptFile } from './kept-files.js';

/** A file of what was read of images and of this machine's files, which is read again where it is gone. */
export interface CacheEntry extends KeptFile {
  readonly kind: DocumentKind | 'hashes';
}

/** All of them, those first that were not used for the longest time. */
export async function cacheEntries(): Promise<CacheEntry[]> {
  const hashes = await keptFile(keptHashes());
  const entries: CacheEntry[] = [
    ...(await keptDocuments()),
    ...(hashes ? [{ kind: 'hashes', ...hashes } as const] : []),
  ];
  return entries.sort(byLastUse);
}

/** Whether it is whole; a damaged one is removed, and one that is gone is not damaged. */
export async function isSoundEntry(entry: CacheEntry): Promise<boolean> {
  return entry.kind === 'hashes' ? isSoundHashCache(entry.file) : isSoundDocument(entry);
}
