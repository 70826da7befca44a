import { type Comparator, type ComparatorName, comparatorParameters } from '../../spec/document/comparators.js';
import { comparators } from '../comparators/registry.js';
import { compareContents } from './compare.js';

/** Differences of rounding, which other processors and libraries make. */
const rounding = 1e-6;

/** Nobody waits long for what nobody asked for. */
const suggestionLimit = 8 * 1024 * 1024;

/**
 * A comparator by which two contents that are not the same byte for byte would be equal. It is for people to accept:
 * nothing is ever taken for equal by a comparator that nobody named.
 */
export async function suggestComparator(
  expected: Buffer,
  found: Buffer,
  path: string,
  signal?: AbortSignal,
): Promise<Comparator | undefined> {
  if (Math.max(expected.length, found.length) > suggestionLimit) return undefined;
  for (const name of Object.keys(comparators) as ComparatorName[]) {
    const comparator = await comparators[name]();
    if (!comparator.recognizes(expected, path) || !comparator.recognizes(found, path)) continue;
    for (const candidate of candidatesFor(name)) {
      const { verdict } = await compareContents(expected, found, candidate, signal);
      if (verdict === 'equal') return candidate;
    }
  }
  return undefined;
}

/** A comparator alone, and with a little tolerance where it takes one. */
function candidatesFor(name: ComparatorName): Comparator[] {
  const tolerant = { [name]: { relative: rounding } } as Comparator;
  return comparatorParameters[name].safeParse({ relative: rounding }).success ? [name, tolerant] : [name];
}

/** How a comparator is written in `environment.yml`. */
export function writtenAs(comparator: Comparator): string {
  return `compare: ${typeof comparator === 'string' ? comparator : JSON.stringify(comparator)}`;
}
