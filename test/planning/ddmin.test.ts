import { describe, expect, it } from 'vitest';
import { ddmin, type Outcome } from '../../src/planning/ddmin.js';
import { randomNumbers } from '../support/random.js';

type Subset = readonly number[];

const has = (subset: Subset, wanted: Subset) => wanted.every((each) => subset.includes(each));

/** Every subset, the smaller ones first. */
function subsetsOf(all: Subset): Subset[] {
  const subsets = Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_each, at) => (bits >> at) & 1));
  return subsets.sort((a, b) => a.length - b.length);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

describe('ddmin', () => {
  it('finds what brute force finds, where one smallest set is to blame', async () => {
    const below = randomNumbers(1);
    for (let round = 0; round < 200; round++) {
      const all = numbers(1 + below(9));
      const blamed = all.filter(() => below(3) === 0);
      if (blamed.length === 0) blamed.push(below(all.length));
      const test = (subset: Subset): Outcome => (has(subset, blamed) ? 'fails' : 'passes');
      const smallest = subsetsOf(all).find((subset) => test(subset) === 'fails');
      expect(await ddmin(all, async (subset) => test(subset))).toEqual(smallest);
    }
  });

  it('gives a set that fails and of which each member is needed, whatever cannot be tested', async () => {
    const below = randomNumbers(2);
    for (let round = 0; round < 300; round++) {
      const all = numbers(1 + below(9));
      const outcomes = new Map(
        subsetsOf(all).map((subset) => [subset.join(), (['passes', 'fails', 'unresolved'] as const)[below(3)]]),
      );
      outcomes.set('', 'passes').set(all.join(), 'fails');
      const found = await ddmin(all, async (subset) => outcomes.get(subset.join()) ?? 'unresolved');
      expect(outcomes.get(found.join())).toBe('fails');
      for (const each of found) {
        expect(outcomes.get(found.filter((other) => other !== each).join())).not.toBe('fails');
      }
    }
  });

  it('finds all of several changes that only fail together and cannot be tested apart', async () => {
    const together = [1, 4, 6];
    const test = async (subset: Subset): Promise<Outcome> => {
      if (has(subset, together)) return 'fails';
      return together.some((each) => subset.includes(each)) ? 'unresolved' : 'passes';
    };
    expect(await ddmin(numbers(8), test)).toEqual(together);
  });

  it('tests no set twice, and finds one of many changes in about as many tests as halving takes', async () => {
    const tested: string[] = [];
    const suspects: number[] = [];
    const found = await ddmin(numbers(64), async (subset, left) => {
      tested.push(subset.join());
      suspects.push(left);
      return subset.includes(41) ? 'fails' : 'passes';
    });
    expect(found).toEqual([41]);
    expect(new Set(tested).size).toBe(tested.length);
    expect(tested.length).toBeLessThanOrEqual(12);
    expect(suspects).toEqual(suspects.toSorted((a, b) => b - a));
  });

  it('tests nothing where there is one change only', async () => {
    expect(await ddmin(['only'], async () => expect.unreachable('it was tested'))).toEqual(['only']);
  });
});
