/** How often each thing is there. */
export type Multiset = ReadonlyMap<string, number>;

export function multisetOf(things: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}

/** What two have in common, and all that either has: of each thing the smaller number, and the larger. */
export function commonOf(one: Multiset, other: Multiset): { readonly both: number; readonly either: number } {
  let [both, either] = [0, 0];
  for (const thing of new Set([...one.keys(), ...other.keys()])) {
    const counts = [one.get(thing) ?? 0, other.get(thing) ?? 0];
    both += Math.min(...counts);
    either += Math.max(...counts);
  }
  return { both, either };
}

/** Jaccard's, of multisets; of nothing and nothing 1, as there is no difference. */
export function alike(one: Multiset, other: Multiset): number {
  const { both, either } = commonOf(one, other);
  return either === 0 ? 1 : both / either;
}
