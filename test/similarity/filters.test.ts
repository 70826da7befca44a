import { describe, expect, it } from 'vitest';
import { dropSparse, filterSources, patternOf, removedText, selectCounts } from '../../src/similarity/filters.js';

const sources = ['ubuntu', 'debian', 'debian-slim', 'alpine'].map((name) => ({ name }));
const none = { include: [], exclude: [] };

describe('sources', () => {
  it.each([
    [none, ['ubuntu', 'debian', 'debian-slim', 'alpine'], []],
    [{ ...none, include: ['debian'] }, ['debian'], ['not among those to include']],
    [{ ...none, exclude: ['debian'] }, ['ubuntu', 'debian-slim', 'alpine'], ['excluded']],
    [{ ...none, matching: /^debian/ }, ['debian', 'debian-slim'], ['^debian is not found in the name']],
    [
      { include: ['debian', 'alpine'], exclude: ['alpine'], matching: /e/ },
      ['debian'],
      ['excluded', 'not among those to include'],
    ],
  ])('are filtered by name, and what is left out is told: %j', (filters, kept, reasons) => {
    const result = filterSources(sources, filters);
    expect(result.kept.map(({ name }) => name)).toEqual(kept);
    expect([...result.kept, ...result.removed].map(({ name }) => name).sort()).toEqual(
      sources.map(({ name }) => name).sort(),
    );
    expect([...new Set(result.removed.map(({ why }) => why))].sort()).toEqual(reasons);
  });

  it('that there are not are mistakes', () => {
    const mistake = expect.objectContaining({ kind: 'usage', message: 'no source is called "fedora"' });
    expect(() => filterSources(sources, { ...none, exclude: ['fedora'] })).toThrow(mistake);
    expect(() => patternOf('--matching', '(')).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('rows of a matrix', () => {
  const names = ['a', 'b', 'c'];
  const matrix = {
    X: names,
    Y: names,
    data: [
      [1, 0.5, 0.1],
      [0.7, 1, 0],
      [0.1, 0, 1],
    ],
  };

  it('that are nearly all zero are left out, by their scores both ways', () => {
    const { matrix: dense, removed } = dropSparse(matrix, 0.2);
    expect(dense).toEqual({
      X: ['a', 'b'],
      Y: ['a', 'b'],
      data: [
        [1, 0.5],
        [0.7, 1],
      ],
    });
    expect(removed).toEqual([{ what: 'source', name: 'c', why: 'scores below 0.2 on average' }]);
    expect(dropSparse(matrix, 0).removed).toEqual([]);
    expect(dropSparse({ X: ['a'], Y: ['a'], data: [[1]] }, 0.9).removed).toEqual([]);
  });

  it('are picked with their counts', () => {
    const both = [
      [3, 1, 2],
      [1, 4, 0],
      [2, 0, 5],
    ].map((row) => Float64Array.from(row));
    const some = selectCounts({ names, both }, [2, 0]);
    expect(some.names).toEqual(['c', 'a']);
    expect(some.both.map((row) => [...row])).toEqual([
      [5, 2],
      [2, 3],
    ]);
  });
});

describe('what was removed here', () => {
  it('is a line for each reason', () => {
    const packages = Array.from({ length: 10 }, (_, at) => ({ what: 'package' as const, name: `p${at}`, why: 'so' }));
    expect(removedText([{ what: 'source', name: 'a', why: 'excluded' }, ...packages])).toBe(
      ['Left out a source (excluded): a', 'Left out 10 packages (so): p0, p1, p2, p3, p4, p5, p6, p7 and 2 more'].join(
        '\n',
      ),
    );
  });
});
