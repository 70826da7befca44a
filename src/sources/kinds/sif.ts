import { createHash } from 'node:crypto';
import { ReproError } from '../../errors.js';
import { isSifFile, isSquashFile } from '../../filesystem/squashfs/sif.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import { damagedImage, type SquashMachine, squashMachine } from '../../machines/squash-machine.js';
import { createTurns } from '../../machines/turns.js';
import type { OpenOptions } from '../kind.js';
import { machineSource } from '../machine-source.js';
import type { OpenSource } from '../source.js';
import { beginningOf } from './file.js';

/** Whether a file begins as an image of Singularity does, of whichever age. */
export function isSif(beginning: Buffer): boolean {
  return isSifFile(beginning) || isSquashFile(beginning);
}

/** An image of Singularity or Apptainer: what its container has as files. */
export async function openSifSource(file: string, options: OpenOptions): Promise<OpenSource> {
  const head = beginningOf(file);
  if (!isSif(head)) throw new ReproError('usage', 'this is neither a SIF nor a SquashFS', { where: file });
  const machine = await squashMachine(file, options.text, head);
  const source = machineSource(machine, { batches: () => batchesOf(machine, file, options), options });
  const { recipe } = machine;
  return { ...source, facts: async () => ({ ...(recipe !== undefined && { recipe }), ...(await source.facts()) }) };
}

const batchSize = 1024;

async function* batchesOf(
  machine: SquashMachine,
  file: string,
  { hash, signal }: OpenOptions,
): AsyncGenerator<readonly PartialEntry[], void> {
  const turn = createTurns(signal);
  let batch: PartialEntry[] = [];
  // Further names of a file come after its first.
  const hashes = new Map<string, string>();
  for (const { entry, content } of machine.entries) {
    if (!hash || !content) batch.push(entry);
    else {
      const found = hashes.get(entry.sameAs ?? '') ?? (await hashOf(machine.content(content), file, turn));
      hashes.set(entry.path, found);
      batch.push({ ...entry, hash: found });
    }
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function hashOf(pieces: Iterable<Buffer>, file: string, turn: () => Promise<void> | undefined): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (const piece of pieces) {
      hash.update(piece);
      await turn();
    }
  } catch (error) {
    throw damagedImage(file, error);
  }
  return hash.digest('hex');
}
