/** A time during which a dated series, such as one archive of a snapshot service, had something; both ends included. */
export interface Range {
  readonly series: string;
  readonly begin: number;
  /** Infinity: it has it still. */
  readonly end: number;
}

/** One point of a series, with what is had there. */
export interface Stop<T> {
  readonly series: string;
  readonly at: number;
  readonly items: readonly T[];
}

/**
 * Few points in time at which all items can be had: the series that has most of them comes first, and of each series the
 * ends of ranges that no earlier point is in. Where every item has one range no smaller set of points would do.
 */
export function cover<T>(ranges: ReadonlyMap<T, readonly Range[]>): Stop<T>[] {
  const open = new Map([...ranges].filter(([, its]) => its.length > 0));
  const stops: Stop<T>[] = [];
  while (open.size > 0) {
    const series = fullest(open);
    const found = stopsOf(series, open);
    for (const item of found.flatMap(({ items }) => items)) open.delete(item);
    stops.push(...found);
  }
  return stops;
}

function fullest<T>(open: ReadonlyMap<T, readonly Range[]>): string {
  const counts = new Map<string, number>();
  for (const ranges of open.values()) {
    for (const series of new Set(ranges.map((range) => range.series)))
      counts.set(series, (counts.get(series) ?? 0) + 1);
  }
  const [[first] = ['']] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first;
}

function stopsOf<T>(series: string, open: ReadonlyMap<T, readonly Range[]>): Stop<T>[] {
  const all = [...open].flatMap(([item, ranges]) => ranges.map((range) => ({ item, range })));
  const own = all.filter(({ range }) => range.series === series).sort((a, b) => order(a.range, b.range));
  const groups: { begin: number; end: number; items: Set<T> }[] = [];
  const covered = new Set<T>();
  for (const { item, range } of own) {
    if (covered.has(item)) continue;
    covered.add(item);
    const last = groups.at(-1);
    if (last === undefined || range.begin > last.end) {
      groups.push({ begin: range.begin, end: range.end, items: new Set([item]) });
    } else {
      last.items.add(item);
      last.begin = Math.max(last.begin, range.begin);
    }
  }
  return groups.map(({ begin, end, items }) => ({ series, at: Number.isFinite(end) ? end : begin, items: [...items] }));
}

function order(a: Range, b: Range): number {
  return a.end === b.end ? a.begin - b.begin : a.end - b.end;
}
