import { expect, it } from 'vitest';
import { isInRange } from '../../../src/distributions/npm/ranges.js';

// Examples of https://github.com/npm/node-semver#ranges, and what they say at their ends.
it.each<[range: string, within: readonly string[], without: readonly string[]]>([
  ['1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4', '1.2.3-beta']],
  ['>=1.2.7 <1.3.0', ['1.2.7', '1.2.99'], ['1.2.6', '1.3.0', '1.1.0']],
  ['1.2.7 || >=1.2.9 <2.0.0', ['1.2.7', '1.2.9', '1.4.6'], ['1.2.8', '2.0.0']],
  ['>1.2.3-alpha.3', ['1.2.3-alpha.7', '3.4.5'], ['3.4.5-alpha.9', '1.2.3-alpha.3']],
  ['1.2.3 - 2.3', ['1.2.3', '2.3.9'], ['2.4.0', '1.2.2']],
  ['*', ['0.0.0', '9.9.9'], ['1.0.0-rc']],
  ['', ['1.0.0'], []],
  ['1.x', ['1.0.0', '1.9.9'], ['2.0.0', '2.0.0-0']],
  ['1.2', ['1.2.0', '1.2.9'], ['1.3.0', '1.1.9']],
  ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3.0', '1.2.2']],
  ['~1', ['1.9.0'], ['2.0.0']],
  ['^1.2.3', ['1.9.0'], ['2.0.0', '1.2.2', '2.0.0-alpha']],
  ['^0.2.3', ['0.2.9'], ['0.3.0']],
  ['^0.0.3', ['0.0.3'], ['0.0.4']],
  ['^0.0', ['0.0.9'], ['0.1.0']],
  ['^0.x', ['0.9.9'], ['1.0.0']],
  ['^1.2.3-beta.2', ['1.2.3-beta.4', '1.3.0'], ['1.2.4-beta.2']],
  ['>1', ['2.0.0'], ['1.9.9']],
  ['<=1.2', ['1.2.9'], ['1.3.0']],
  ['>= 1.2', ['1.2.0', '3.0.0'], ['1.1.9']],
])('takes %j as npm does', (range, within, without) => {
  for (const version of within) expect([version, isInRange(version, range)]).toEqual([version, true]);
  for (const version of without) expect([version, isInRange(version, range)]).toEqual([version, false]);
});

it('leaves open what only the registry knows', () => {
  expect(isInRange('1.0.0', 'latest')).toBeUndefined();
});
