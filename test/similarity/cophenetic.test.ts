import { expect, it } from 'vitest';
import { type Cluster, clusterByAverage, copheneticCorrelation } from '../../src/similarity/cluster.js';

const of = (data: readonly (readonly number[])[]) => copheneticCorrelation(clusterByAverage(data) as Cluster, data);

it('is 1 where the tree tells every score as it is', () => {
  expect(
    of([
      [1, 0.9, 0.2],
      [0.9, 1, 0.2],
      [0.2, 0.2, 1],
    ]),
  ).toBeCloseTo(1, 12);
});

it('is what it is by hand where the tree tells them roughly', () => {
  // Joined at .9, .8 and .375: against .9 .1 .2 / .5 .7 / .8.
  const data = [
    [1, 0.9, 0.1, 0.2],
    [0.9, 1, 0.5, 0.7],
    [0.1, 0.5, 1, 0.8],
    [0.2, 0.7, 0.8, 1],
  ];
  const [x, y] = [
    [0.9, 0.8, 0.1, 0.2, 0.5, 0.7],
    [0.9, 0.8, 0.375, 0.375, 0.375, 0.375],
  ];
  const mean = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0) / all.length;
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, each, at) => sum + (each - mean(a)) * ((b[at] ?? 0) - mean(b)), 0);
  expect(of(data)).toBeCloseTo(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 12);
});

it('is unknown where all scores are the same, or there is one environment', () => {
  expect([
    of([
      [1, 0.5, 0.5],
      [0.5, 1, 0.5],
      [0.5, 0.5, 1],
    ]),
    of([[1]]),
  ]).toEqual([undefined, undefined]);
});
