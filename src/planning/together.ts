/**
 * Groups of what can only be had together: of two that need each other, over others or not, neither can be had alone.
 * Each group and the groups among themselves are in the order of the whole. (Tarjan's strongly connected components.)
 */
export function groupsOf<T>(all: readonly T[], needs: (each: T) => Iterable<T>): (readonly T[])[] {
  const places = new Map(all.map((each, at) => [each, at]));
  const placeOf = (each: T) => places.get(each) ?? -1;
  const found = new Map<T, number>();
  const open: T[] = [];
  const isOpen = new Set<T>();
  const groups: T[][] = [];

  const visit = (each: T): number => {
    const number = found.size;
    let low = number;
    found.set(each, number);
    open.push(each);
    isOpen.add(each);
    for (const other of needs(each)) {
      const known = found.get(other);
      if (known === undefined) low = Math.min(low, visit(other));
      else if (isOpen.has(other)) low = Math.min(low, known);
    }
    if (low === number) groups.push(close(each));
    return low;
  };

  const close = (first: T): T[] => {
    const group = open.splice(open.lastIndexOf(first));
    for (const each of group) isOpen.delete(each);
    return group.sort((a, b) => placeOf(a) - placeOf(b));
  };

  for (const each of all) if (!found.has(each)) visit(each);
  const placeOfGroup = (group: readonly T[]) => Math.min(...group.map(placeOf));
  return groups.sort((a, b) => placeOfGroup(a) - placeOfGroup(b));
}
