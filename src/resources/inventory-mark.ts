import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { withLock } from '../file-lock.js';
import { readOptional, writeDurably } from './inventory-files.js';

/**
 * What things on engines and services carry to say which inventory they are of: several people, or machines of one, may
 * share an account. Drawn once, and kept beside the resources.
 */
export async function inventoryMark(folder: string): Promise<string> {
  const file = join(folder, 'inventory-id');
  return withLock(`${file}.lock`, async () => {
    const present = (await readOptional(file))?.trim();
    if (present) return present;
    const drawn = randomUUID();
    await writeDurably(file, `${drawn}\n`);
    return drawn;
  });
}
