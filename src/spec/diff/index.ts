import { open } from 'node:fs/promises';
import { codeOf } from '../../errors.js';
import { readReproman } from '../../filesystem/lists/reproman.js';
import { readSpecification, readText } from '../read.js';
import type { ComparableSpec } from './comparable.js';
import { diffSpecifications } from './diff.js';
import { comparableOfReproman } from './of-reproman.js';
import { comparableOf } from './of-specification.js';
import { satisfies } from './satisfies.js';
import type { Satisfaction, SpecDifferences } from './schema.js';

export { formatSatisfaction, formatSpecDifferences } from './format.js';

/** Compares two specs on disk, each of this project or of ReproMan. */
export async function diffSpecFiles([one, other]: readonly [string, string]): Promise<SpecDifferences> {
  return await diffSpecifications(await readComparable(one), await readComparable(other));
}

/** Whether the first spec on disk has what the second asks for. */
export async function satisfySpecFiles(one: string, other: string): Promise<Satisfaction> {
  return await satisfies(await readComparable(one), await readComparable(other));
}

/** Whether a file is a spec, by its beginning; what is not there, or cannot be read, is none. */
export async function isSpecFile(file: string): Promise<boolean> {
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    return /^version:[ \t]*["']?(?:\d+|0\.0\.\d+)["']?[ \t]*(?:#.*)?\r?$/m.test(head) && !isOfReprozip(head);
  } catch (error) {
    if (codeOf(error) !== undefined) return false;
    throw error;
  }
}

/** Its configuration has runs and packages, too, and is a list of files. */
function isOfReprozip(head: string): boolean {
  return /^[ \t-]+binary:/m.test(head) && /^(?:other_files|inputs_outputs|packages):/m.test(head);
}

async function readComparable(file: string): Promise<ComparableSpec> {
  const reproman = readReproman(await readText(file, file), file);
  return reproman
    ? await comparableOfReproman(reproman, file)
    : await comparableOf(await readSpecification(file), file);
}
