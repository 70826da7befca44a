import type { ChangelogStep } from './changelog.js';
import type { Outcomes } from './outcome.js';

/** What of a step is held against how an outcome changed in it. */
const features = {
  'packages added': ({ packages }: ChangelogStep) => packages.filter(({ kind }) => kind === 'added').length,
  'packages removed': ({ packages }: ChangelogStep) => packages.filter(({ kind }) => kind === 'removed').length,
  'packages at another version': ({ packages }: ChangelogStep) =>
    packages.filter(({ kind }) => kind === 'upgraded' || kind === 'downgraded' || kind === 'changed').length,
  'packages changed at all': ({ packages }: ChangelogStep) => packages.length,
  'bytes added': ({ files }: ChangelogStep) => files.added.bytes + files.changed.bytes,
  'bytes removed': ({ files }: ChangelogStep) => files.removed.bytes,
  'net bytes': ({ files }: ChangelogStep) => files.netBytes,
} as const;

export interface OutcomeReport {
  readonly metric: string;
  /** Of each step of which both versions were measured, how the metric changed. */
  readonly steps: readonly { readonly before: string; readonly after: string; readonly change: number }[];
  /** Over these steps; few of them tell little, and nothing of why. */
  readonly correlations: readonly Correlation[];
  /** Packages that became others only in the step in which the metric changed most. */
  readonly suspects: readonly string[];
  /** Versions without a value. */
  readonly unmeasured: readonly string[];
}

export interface Correlation {
  readonly feature: string;
  /** Pearson's; absent where there are too few steps, or one of the two never varies. */
  readonly r?: number;
  readonly n: number;
}

/** Of two points any line is exact. */
const leastSteps = 3;

/** How measured outcomes go with what changed from version to version. */
export function correlate(
  names: readonly string[],
  steps: readonly ChangelogStep[],
  outcomes: Outcomes,
): OutcomeReport[] {
  return [...outcomes].map(([metric, values]) => {
    const measured = steps.flatMap((step) => {
      const [then, now] = [values.get(step.before), values.get(step.after)];
      return then === undefined || now === undefined ? [] : [{ step, change: now - then }];
    });
    const changes = measured.map(({ change }) => change);
    const correlations = Object.entries(features).map(([feature, of]) => {
      const r = pearson(
        measured.map(({ step }) => of(step)),
        changes,
      );
      return { feature, n: measured.length, ...(r !== undefined && { r }) };
    });
    return {
      metric,
      steps: measured.map(({ step, change }) => ({ before: step.before, after: step.after, change })),
      correlations,
      suspects: suspectsOf(measured),
      unmeasured: names.filter((name) => !values.has(name)),
    };
  });
}

export function pearson(xs: readonly number[], ys: readonly number[]): number | undefined {
  const n = xs.length;
  if (n < leastSteps) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [x, y] = [mean(xs), mean(ys)];
  let [both, one, other] = [0, 0, 0];
  for (const [at, value] of xs.entries()) {
    const [dx, dy] = [value - x, (ys[at] ?? 0) - y];
    both += dx * dy;
    one += dx * dx;
    other += dy * dy;
  }
  return one === 0 || other === 0 ? undefined : Math.max(-1, Math.min(1, both / Math.sqrt(one * other)));
}

function suspectsOf(measured: readonly { readonly step: ChangelogStep; readonly change: number }[]): string[] {
  const [most] = [...measured].sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  if (!most || most.change === 0) return [];
  const named = ({ packages }: ChangelogStep) => packages.map(({ distribution, name }) => `${distribution} ${name}`);
  const elsewhere = new Set(measured.filter((each) => each !== most).flatMap(({ step }) => named(step)));
  return [...new Set(named(most.step))].filter((name) => !elsewhere.has(name)).sort();
}
