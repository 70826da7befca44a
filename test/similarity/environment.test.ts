import { describe, expect, it } from 'vitest';
import { compareEnvironments } from '../../src/similarity/compare.js';
import { variablesAndScores } from '../../src/similarity/correlation.js';
import { compareVariables } from '../../src/similarity/environment.js';
import { reportOf } from '../../src/similarity/report.js';
import { entry, factsOf, trieOf } from './trees.js';

describe('environment variables', () => {
  it('are the same, other, or of one only', () => {
    const one = { LANG: 'C.UTF-8', HOME: '/root', OMP_NUM_THREADS: '1' };
    const other = { LANG: 'C.UTF-8', HOME: '/home/user', TZ: 'UTC' };
    expect(compareVariables(one, other)).toEqual({
      same: ['LANG'],
      changed: [{ name: 'HOME', one: '/root', other: '/home/user', score: 0 }],
      onlyOne: ['OMP_NUM_THREADS'],
      onlyOther: ['TZ'],
      score: 2 / 6,
    });
  });

  it.each([
    ['/a:/b:/c', '/a:/b:/c:/d', { score: 6 / 7, list: { onlyOne: [], onlyOther: ['/d'], reordered: false } }],
    ['/a:/b', '/b:/a', { score: 0.5, list: { onlyOne: [], onlyOther: [], reordered: true } }],
    ['/x:/b:/a', '/a:/y:/b', { score: 1 / 3, list: { onlyOne: ['/x'], onlyOther: ['/y'], reordered: true } }],
    // Who stands there again is not asked again.
    ['/a:/b:/a', '/a:/b', { score: 1, list: { onlyOne: [], onlyOther: [], reordered: false } }],
    ['', '/a', { score: 0, list: { onlyOne: [], onlyOther: ['/a'], reordered: false } }],
  ])('that are lists are compared in order: %s and %s', (one, other, expected) => {
    expect(compareVariables({ PATH: one }, { PATH: other }).changed[0]).toMatchObject(expected);
    expect(compareVariables({ PATH: other }, { PATH: one }).score).toBe(expected.score);
  });

  it.each([
    ['LD_LIBRARY_PATH', 'a', true],
    ['PYTHONPATH', 'a', true],
    ['R_LIBS_USER', '/a', true],
    ['MY_FOLDERS', '/a:/b', true],
    ['HOME', '/root', false],
    ['DISPLAY', ':0', false],
    ['URL', 'http://a:80', false],
  ])('%s=%s is a list: %s', (name, value, isList) => {
    const [changed] = compareVariables({ [name]: value }, { [name]: `${value}x` }).changed;
    expect(changed?.list !== undefined).toBe(isList);
  });

  it('are 1 of the same and 0 of none', () => {
    expect(compareVariables({ A: '1', PATH: '/a' }, { A: '1', PATH: '/a' }).score).toBe(1);
    expect(compareVariables({}, {}).score).toBe(0);
  });

  it('are reported where both are known, without secrets', async () => {
    const facts = factsOf({
      one: { environment: { PATH: '/a', MY_TOKEN: 'one-that-is-secret' } },
      other: { environment: { PATH: '/b', MY_TOKEN: 'another-secret' } },
    });
    const options = { level: 'path', entries: 'all', weighting: 'count' } as const;
    const trie = trieOf({ one: [entry('/f')], other: [entry('/f')] });
    const report = await reportOf(compareEnvironments({ trie, facts }, options));
    expect(report.variables?.changed.map(({ name }) => name)).toEqual(['MY_TOKEN', 'PATH']);
    expect(JSON.stringify(report)).not.toContain('secret');
    const silent = await reportOf(compareEnvironments({ trie, facts: factsOf({ one: {} }) }, options));
    expect(silent.variables).toBeUndefined();
  });
});

describe('whether variables follow the software', () => {
  const facts = factsOf({
    a: { environment: { V: '1', W: '1' } },
    b: { environment: { V: '1', W: '1' } },
    c: { environment: { V: '2', W: '2' } },
  });
  const matrix = (ab: number, ac: number, bc: number) => ({
    ...{ X: ['a', 'b', 'c'], Y: ['a', 'b', 'c'] },
    data: [
      [1, ab, ac],
      [ab, 1, bc],
      [ac, bc, 1],
    ],
  });

  it('is 1 where the scores of both go together, and -1 where one is high when the other is low', () => {
    expect(variablesAndScores(matrix(0.9, 0.1, 0.1), facts)?.r).toBeCloseTo(1, 12);
    expect(variablesAndScores(matrix(0.1, 0.9, 0.9), facts)?.r).toBeCloseTo(-1, 12);
    expect(variablesAndScores(matrix(0.9, 0.1, 0.2), facts)?.pairs).toBe(3);
  });

  it('is not known of scores that do not differ, or of few pairs', () => {
    expect(variablesAndScores(matrix(0.5, 0.5, 0.5), facts)).toBeUndefined();
    expect(variablesAndScores(matrix(0.9, 0.1, 0.1), factsOf({ a: { environment: {} } }))).toBeUndefined();
  });
});
