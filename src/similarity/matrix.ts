import type { Features } from './features.js';
import { type MetricName, metrics } from './metrics.js';

/** What each environment has, and each pair has in common: all that any metric needs. Rows and columns are tags. */
export interface Counts {
  readonly names: readonly string[];
  /** `both[i][j]`: the weight that i and j share; `both[i][i]`: all of i. */
  readonly both: readonly Float64Array[];
}

/** Exact, without comparing any pair: each group of entries adds its weight to the pairs of environments that have it. */
export function countsOf({ groups, weights }: Features, names: readonly string[]): Counts {
  const both = names.map(() => new Float64Array(names.length));
  for (const [at, tags] of groups.entries()) {
    const weight = weights[at] ?? 0;
    if (weight === 0) continue;
    // One half, as both are the same.
    for (let one = 0; one < tags.length; one++) {
      const row = both[tags[one] ?? 0] as Float64Array;
      for (let other = one; other < tags.length; other++) {
        const column = tags[other] ?? 0;
        row[column] = (row[column] ?? 0) + weight;
      }
    }
  }
  for (const [one, row] of both.entries()) {
    for (let other = 0; other < one; other++) row[other] = both[other]?.[one] ?? 0;
  }
  return { names, both };
}

/** Counts of parts of the same environments as one: a matrix can be made in pieces on many machines. */
export function mergeCounts(parts: readonly Counts[]): Counts {
  const names = [...new Set(parts.flatMap((part) => part.names))];
  const both = names.map(() => new Float64Array(names.length));
  for (const part of parts) {
    const at = part.names.map((name) => names.indexOf(name));
    for (const [one, row] of part.both.entries()) {
      const into = both[at[one] ?? 0] as Float64Array;
      for (const [other, weight] of row.entries()) into[at[other] ?? 0] = (into[at[other] ?? 0] ?? 0) + weight;
    }
  }
  return { names, both };
}

/** Scores of all pairs, as the first of these tools wrote them: `data[i][j]` is that of `Y[i]` and `X[j]`. */
export interface SimilarityMatrix {
  readonly data: readonly (readonly number[])[];
  readonly X: readonly string[];
  readonly Y: readonly string[];
}

export function matrixOf({ names, both }: Counts, metric: MetricName): SimilarityMatrix {
  const weightOf = (one: number, other: number) => both[one]?.[other] ?? 0;
  const data = names.map((_, one) =>
    names.map((_, other) =>
      metrics[metric]({ one: weightOf(one, one), other: weightOf(other, other), both: weightOf(one, other) }),
    ),
  );
  return { data, X: names, Y: names };
}
