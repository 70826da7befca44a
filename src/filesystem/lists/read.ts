import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { decompressed } from '../decompressed.js';
import type { PartialEntry } from '../trie/values.js';
import { readContainerDiff } from './container-diff.js';
import { readPaths } from './paths.js';

/** What a list may take in memory, unpacked: a hundred times the largest that was seen. */
const limit = 512 * 1024 * 1024;

/** The entries of a list of files in any form that is known here, packed by gzip, zstd or not. `where`: for messages. */
export async function readList(stream: Readable, where: string): Promise<readonly PartialEntry[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decompressed(stream)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) throw unreadable(where, `it is longer than ${limit} bytes`);
    }
  } catch (error) {
    if (error instanceof ReproError) throw error;
    throw unreadable(where, error instanceof Error ? error.message : String(error));
  }
  const bytes = Buffer.concat(chunks);
  const first = bytes.subarray(0, 64).toString('latin1').trimStart()[0];
  if (first === '[' || first === '{') return readContainerDiff(bytes.toString('utf8'), where).entries;
  if (first === '<') throw unreadable(where, 'it is a page, not a list');
  return readPaths(bytes.toString('latin1'));
}

function unreadable(where: string, why: string): ReproError {
  return new ReproError('usage', `${where} cannot be read as a list of files: ${why}`, {
    remedy: 'give the JSON of container-diff analyze --type=file, or one path a line',
  });
}
