import { describe, expect, it } from 'vitest';
import { cover, type Range, type Stop } from '../../../../src/archives/apt/snapshot/cover.js';
import { randomNumbers } from '../../../support/random.js';

function ranges(table: Record<string, readonly (readonly [string, number, number])[]>) {
  const entries = Object.entries(table).map(
    ([item, its]) => [item, its.map(([series, begin, end]) => ({ series, begin, end }))] as const,
  );
  return new Map<string, Range[]>(entries);
}

describe('points that cover ranges', () => {
  it('are as few as there are groups that overlap, at the end of what they share', () => {
    const found = cover(ranges({ a: [['d', 0, 5]], b: [['d', 3, 9]], c: [['d', 8, 12]] }));
    expect(found).toEqual([
      { series: 'd', at: 5, items: ['a', 'b'] },
      { series: 'd', at: 12, items: ['c'] },
    ]);
  });

  it('begin with the series that has most, and ask others only for the rest', () => {
    const found = cover(
      ranges({
        a: [['d', 0, 5]],
        b: [
          ['s', 0, 5],
          ['d', 2, 4],
        ],
        c: [['s', 0, 1]],
      }),
    );
    expect(found).toEqual([
      { series: 'd', at: 4, items: ['b', 'a'] },
      { series: 's', at: 1, items: ['c'] },
    ]);
  });

  it('lie at the latest beginning where nothing has ended', () => {
    const still = Number.POSITIVE_INFINITY;
    expect(cover(ranges({ a: [['d', 1, still]], b: [['d', 7, still]] }))).toEqual([
      { series: 'd', at: 7, items: ['a', 'b'] },
    ]);
  });

  it('leave out what is nowhere', () => {
    expect(cover(ranges({ a: [] }))).toEqual([]);
  });

  it('are no more than any other choice of points needs, where each item has one range', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const drawn = randomRanges(seed);
      const found = cover(drawn);
      for (const [item, [range]] of drawn) expect(coveredBy(found, item, range)).toBe(true);
      expect(found.length, `seed ${seed}`).toBe(fewest([...drawn.values()].flat()));
    }
  });
});

function coveredBy(stops: readonly Stop<string>[], item: string, range: Range | undefined): boolean {
  const stop = stops.find(({ items }) => items.includes(item));
  return stop !== undefined && range !== undefined && range.begin <= stop.at && stop.at <= range.end;
}

function randomRanges(seed: number): Map<string, Range[]> {
  const draw = randomNumbers(seed);
  const items = Array.from({ length: 1 + draw(7) }, (_, at): [string, Range[]] => {
    const begin = draw(12);
    return [`p${at}`, [{ series: 'd', begin, end: begin + draw(6) }]];
  });
  return new Map(items);
}

/** By trying every set of points. */
function fewest(all: readonly Range[]): number {
  const points = [...new Set(all.map(({ end }) => end))];
  let best = points.length;
  for (let set = 0; set < 2 ** points.length; set++) {
    const chosen = points.filter((_, at) => set & (1 << at));
    if (chosen.length < best && all.every(({ begin, end }) => chosen.some((at) => begin <= at && at <= end)))
      best = chosen.length;
  }
  return best;
}
