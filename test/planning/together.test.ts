import { expect, it } from 'vitest';
import { groupsOf } from '../../src/planning/together.js';
import { randomNumbers } from '../support/random.js';

it('puts together what needs each other, over others too, and leaves apart what is needed one way only', () => {
  const needs: Record<string, string[]> = { a: ['c'], b: ['d'], c: ['e'], d: [], e: ['a'] };
  expect(groupsOf(['a', 'b', 'c', 'd', 'e'], (each) => needs[each] ?? [])).toEqual([['a', 'c', 'e'], ['b'], ['d']]);
});

it('gives the groups that reachability both ways gives', () => {
  const below = randomNumbers(3);
  for (let round = 0; round < 200; round++) {
    const all = Array.from({ length: 1 + below(8) }, (_, at) => at);
    const needs = all.map(() => all.filter(() => below(5) === 0));
    const reached = (from: number, seen = new Set([from])): Set<number> => {
      for (const next of needs[from] ?? []) if (!seen.has(next)) reached(next, seen.add(next));
      return seen;
    };
    const groups = groupsOf(all, (each) => needs[each] ?? []);
    expect(groups.flat().sort((a, b) => a - b)).toEqual(all);
    for (const one of all) {
      const group = groups.find((each) => each.includes(one));
      expect(group).toEqual(all.filter((other) => reached(one).has(other) && reached(other).has(one)));
    }
  }
});
