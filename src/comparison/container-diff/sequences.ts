/** What one list of lines lacks of another, and has beside it, in their order. */
export interface LinesDiff {
  readonly Adds: readonly string[];
  readonly Dels: readonly string[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Compares lists as container-diff does, which is as Python's difflib: by the longest run that both have, the first of
 * several, and then what is on either side of it. A line that has another place is one that was deleted and added.
 * https://docs.python.org/3/library/difflib.html#difflib.SequenceMatcher
 */
export function linesDiff(before: readonly string[], after: readonly string[]): LinesDiff {
  const diff = { Adds: [] as string[], Dels: [] as string[] };
  compare(before, { from: 0, to: before.length }, after, { from: 0, to: after.length }, diff);
  return diff;
}

function compare(
  before: readonly string[],
  one: Range,
  after: readonly string[],
  other: Range,
  diff: { readonly Adds: string[]; readonly Dels: string[] },
): void {
  const run = longestRun(before, one, after, other);
  if (run.length === 0) {
    diff.Dels.push(...before.slice(one.from, one.to));
    diff.Adds.push(...after.slice(other.from, other.to));
    return;
  }
  compare(before, { from: one.from, to: run.one }, after, { from: other.from, to: run.other }, diff);
  const [rest, otherRest] = [run.one + run.length, run.other + run.length];
  compare(before, { from: rest, to: one.to }, after, { from: otherRest, to: other.to }, diff);
}

function longestRun(before: readonly string[], one: Range, after: readonly string[], other: Range) {
  let longest = { one: one.from, other: other.from, length: 0 };
  let above = new Uint32Array(after.length + 1);
  for (let at = one.from; at < one.to; at++) {
    const lengths = new Uint32Array(after.length + 1);
    for (let place = other.from; place < other.to; place++) {
      if (before[at] !== after[place]) continue;
      const length = (place > other.from ? (above[place] ?? 0) : 0) + 1;
      lengths[place + 1] = length;
      if (length > longest.length) longest = { one: at - length + 1, other: place - length + 1, length };
    }
    above = lengths;
  }
  return longest;
}
