import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import { decompressed } from '../../filesystem/decompressed.js';
import { readSnapshot } from '../../filesystem/snapshot.js';
import { inBatches, openSourceOf } from '../kind.js';
import type { OpenSource } from '../source.js';

/** Whether a file begins as a snapshot of a spec does: gzip, and an entry a line. */
export async function isLines(beginning: Buffer): Promise<boolean> {
  if (beginning[0] !== 0x1f || beginning[1] !== 0x8b) return false;
  try {
    for await (const text of decompressed(Readable.from([beginning]))) {
      return /^\{"path":"\/[^\n]*"type":"/.test(text.toString('latin1', 0, 8192));
    }
  } catch {
    // Its beginning alone ends too early: what was said before that counts.
  }
  return false;
}

/** A snapshot as specs have it, which `snapshot --format jsonl` writes, too. */
export async function openLines(file: string): Promise<OpenSource> {
  return openSourceOf({
    async *batches() {
      try {
        yield* inBatches(readSnapshot(createReadStream(file)));
      } catch (error) {
        throw new ReproError('usage', `the snapshot cannot be read: ${reasonOf(error)}`, { where: file, cause: error });
      }
    },
    facts: async () => ({}),
  });
}
