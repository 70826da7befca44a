import { readFile, writeFile } from 'node:fs/promises';
import { codeOf, ReproError } from '../../errors.js';
import { writeWhole } from '../../whole-file.js';
import { packTrie } from './pack.js';
import { packSections, unpackSections } from './sections.js';
import type { FilesystemTrie } from './trie.js';
import { unpackTrie } from './unpack.js';

export { isTrieFile } from './sections.js';

/** What a file of a trie holds: filesystems, and what each of them tells of itself, which is only JSON here. */
export interface TrieFile {
  readonly trie: FilesystemTrie;
  /** By the tag; of those that tell nothing there is nothing. */
  readonly facts: ReadonlyMap<string, unknown>;
}

/**
 * Writes a trie to a file, which is there in whole or not at all. The same trie gives the same bytes, in whatever order
 * its entries were put.
 */
export async function writeTrieFile(
  file: string,
  trie: FilesystemTrie,
  facts: ReadonlyMap<string, unknown> = new Map(),
): Promise<void> {
  await writeWhole(file, (draft) => writeFile(draft, packSections(packTrie(trie, facts))));
}

/** Reads what `writeTrieFile` wrote. What is damaged, cut short or of another version is an error that says where. */
export async function readTrieFile(file: string): Promise<TrieFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'EISDIR') throw cause;
    const why = codeOf(cause) === 'ENOENT' ? 'is not there' : 'is a folder';
    throw new ReproError('usage', `${file} ${why}`, { remedy: 'make it with reproman snapshot or tree update', cause });
  }
  return unpackTrie(unpackSections(bytes, file), file);
}
