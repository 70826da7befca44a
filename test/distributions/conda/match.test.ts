import { expect, it } from 'vitest';
import { isMatching, matchIn, onlyVersionOf } from '../../../src/distributions/conda/match.js';

// https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications
it.each<[request: string, within: readonly string[], without: readonly string[]]>([
  ['numpy', ['1.0', '99'], []],
  ['numpy=1.11', ['1.11', '1.11.0', '1.11.3'], ['1.110', '1.12']],
  ['numpy==1.11', ['1.11', '1.11.0'], ['1.11.1']],
  ['numpy>1.11', ['1.11.1', '2'], ['1.11']],
  ['numpy=1.11.1|1.11.3', ['1.11.1', '1.11.3'], ['1.11.2']],
  ['numpy>=1.8,<2', ['1.8', '1.99'], ['2.0', '1.7']],
  ['numpy=1.8.*', ['1.8.3'], ['1.9']],
  ['numpy!=1.8.*', ['1.9'], ['1.8.3']],
  ['numpy~=1.8.1', ['1.8.1', '1.8.9'], ['1.9.0', '1.8.0']],
  ['conda-forge::numpy<1', ['0.9'], ['1.0']],
  ['numpy=1.8.3=py_0', ['1.8.3'], ['1.8.4']],
])('takes %j as conda does', (request, within, without) => {
  const match = matchIn(request);
  for (const version of within) expect([version, isMatching(match, version, 'py_0')]).toEqual([version, true]);
  for (const version of without) expect([version, isMatching(match, version, 'py_0')]).toEqual([version, false]);
});

it('tells builds apart, and knows the one version that is asked for', () => {
  expect(isMatching(matchIn('a=1=py*_0'), '1', 'py310_0')).toBe(true);
  expect(isMatching(matchIn('a=1=py*_0'), '1', 'h_0')).toBe(false);
  expect(['a=1=x', 'a==1', 'a=1', 'a'].map((text) => onlyVersionOf(matchIn(text)))).toEqual([
    '1',
    '1',
    undefined,
    undefined,
  ]);
});
