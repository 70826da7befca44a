import type { SourceFacts } from '../sources/facts.js';
import { compareVariables } from './environment.js';
import type { SimilarityMatrix } from './matrix.js';

/** Whether variables follow the software: over all pairs of sources whose variables are known, Pearson's r of two scores. */
export interface Correlation {
  readonly pairs: number;
  readonly r: number;
}

/** Undefined of fewer than three pairs, and where one of the two scores is the same of all. */
export function variablesAndScores(
  { data, Y }: SimilarityMatrix,
  facts: ReadonlyMap<string, SourceFacts>,
): Correlation | undefined {
  const points: { x: number; y: number }[] = [];
  for (const [one, name] of Y.entries()) {
    const variables = facts.get(name)?.environment;
    if (!variables) continue;
    for (let other = 0; other < one; other++) {
      const others = facts.get(Y[other] ?? '')?.environment;
      const score = ((data[one]?.[other] ?? 0) + (data[other]?.[one] ?? 0)) / 2;
      if (others) points.push({ x: score, y: compareVariables(variables, others).score });
    }
  }
  const r = points.length < 3 ? undefined : pearson(points);
  return r === undefined ? undefined : { pairs: points.length, r };
}

function pearson(points: readonly { x: number; y: number }[]): number | undefined {
  const average = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [average(({ x }) => x), average(({ y }) => y)];
  const [dx, dy] = [average(({ x }) => (x - meanX) ** 2), average(({ y }) => (y - meanY) ** 2)];
  const shared = average(({ x, y }) => (x - meanX) * (y - meanY));
  return dx === 0 || dy === 0 ? undefined : Math.max(-1, Math.min(1, shared / Math.sqrt(dx * dy)));
}
