import { expect, it } from 'vitest';
import { nearestFirst } from '../../src/archives/nearest.js';
import { compareVersions } from '../../src/distributions/debian/versions.js';

const upstreamOf = (version: string) => version.replace(/-[^-]*$/, '');

it.each([
  ['2.0-1', ['2.1-1', '1.9-1', '2.0-3', '2.0-2'], ['2.0-2', '2.0-3', '2.1-1', '1.9-1']],
  ['2.0-2', ['2.0-1', '2.1-1'], ['2.0-1', '2.1-1']],
  ['2.0-1', ['3.0-1', '2.5-1'], ['2.5-1', '3.0-1']],
  ['2.0-1', ['1.0-1', '1.5-1', '2.0-1'], ['1.5-1', '1.0-1']],
  ['2.0-1', [], []],
])('orders what there is beside %s, %j, from the nearest on', (wanted, versions, expected) => {
  expect(nearestFirst(wanted, versions, compareVersions, upstreamOf)).toEqual(expected);
});
