/** What two environments have, by the weight of their entries. */
export interface Overlap {
  readonly one: number;
  readonly other: number;
  readonly both: number;
}

/** A number from 0 (nothing in common) to 1. */
export type Metric = (overlap: Overlap) => number;

/**
 * By name; another metric is another line. `dice` is 2|A∩B|/(|A|+|B|), `jaccard` |A∩B|/|A∪B|; of containment the first
 * is asked how much of it the second has, or the other way round; `overlap` is how much of the smaller the larger has.
 */
export const metrics = {
  jaccard: ({ one, other, both }) => ratio(both, one + other - both),
  dice: ({ one, other, both }) => ratio(2 * both, one + other),
  containment: ({ one, both }) => ratio(both, one),
  'contained-by': ({ other, both }) => ratio(both, other),
  overlap: ({ one, other, both }) => ratio(both, Math.min(one, other)),
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];

/** Of nothing and nothing 0, as in the first of these tools. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
