/** What it costs that a number of a name is another one: `python3.11` and `python3.12` are nearly the same. */
const otherNumber = 0.25;

/**
 * How alike two names are, from 0 to 1: 1 less the cheapest way to make one of the other, by the parts of the longer.
 * Parts are runs of letters, runs of digits, and single other characters; a number for another costs a quarter.
 */
export function nameSimilarity(one: string, other: string): number {
  if (one === other) return 1;
  const cost = (a: string, b: string) => (a === b ? 0 : isNumber(a) && isNumber(b) ? otherNumber : 1);
  return similarityOf(nameParts(one), nameParts(other), cost);
}

/** How alike two paths are, by their parts from the root on: a part for another costs what these are not alike. */
export function pathSimilarity(one: string, other: string): number {
  return similarityOf(pathParts(one), pathParts(other), (a, b) => 1 - nameSimilarity(a, b));
}

/** A name without its versions: names that are the same so differ in these only. */
export function withoutNumbers(name: string): string {
  return name.replace(/\d+(?:\.\d+)*/g, '#');
}

export function pathParts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function similarityOf(
  one: readonly string[],
  other: readonly string[],
  cost: (a: string, b: string) => number,
): number {
  const longest = Math.max(one.length, other.length);
  return longest === 0 ? 1 : 1 - editDistance(one, other, cost) / longest;
}

/** Levenshtein's, over parts: one left out or put in costs 1. */
function editDistance(
  one: readonly string[],
  other: readonly string[],
  cost: (a: string, b: string) => number,
): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [from, a] of one.entries()) {
    const next = [from + 1];
    for (const [to, b] of other.entries()) {
      next.push(Math.min((row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1, (row[to] ?? 0) + cost(a, b)));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function nameParts(name: string): string[] {
  return name.match(/[A-Za-z\u0080-\u00ff]+|\d+|[^A-Za-z\d\u0080-\u00ff]/g) ?? [];
}

function isNumber(part: string): boolean {
  return /^\d/.test(part);
}
