import type { ManifestRun } from '../../spec/document/schema.js';
import { unfoldOutputs } from '../../spec/runs/outputs.js';
import type { RecordedTrace } from '../../spec/specification.js';
import { commonOf, multisetOf } from '../multisets.js';

/** How alike two runs are in what came of them. */
export interface Outcome {
  /** What both printed and wrote, by its content, by all that either did; undefined where neither left anything. */
  readonly score?: number;
  readonly outputs: { readonly one: number; readonly other: number; readonly both: number };
  /** Whether they ended alike. It is no part of the score. */
  readonly exit: { readonly one: readonly (number | 'unknown')[]; readonly other: readonly (number | 'unknown')[] };
}

/** What the manifest says of a run, and its record. */
export interface RecordedRun {
  readonly run: ManifestRun;
  readonly trace: RecordedTrace;
}

export function compareOutcomes(
  one: readonly RecordedRun[],
  other: readonly RecordedRun[],
): { readonly outcome: Outcome; readonly unknown: readonly string[] } {
  const [a, b] = [one.map(outputsOf), other.map(outputsOf)];
  const unseen = new Set([...a, ...b].flatMap((outputs) => outputs.unseen));
  const seen = (some: typeof a) =>
    multisetOf(some.flatMap(({ known }) => known).filter((output) => !unseen.has(output.split(' ')[0] ?? '')));
  const [left, right] = [seen(a), seen(b)];
  const { both, either } = commonOf(left, right);
  const total = (some: ReadonlyMap<string, number>) => [...some.values()].reduce((sum, count) => sum + count, 0);
  const exits = (runs: readonly RecordedRun[]) => runs.map(({ run }) => run.exit);
  return {
    outcome: {
      ...(either > 0 && { score: both / either }),
      outputs: { one: total(left), other: total(right), both },
      exit: { one: exits(one), other: exits(other) },
    },
    unknown: [...a, ...b].flatMap(({ unknown }) => unknown),
  };
}

/**
 * By content; what is empty is nothing, and what varies from run to run says nothing. A stream that was not seen of one
 * run is compared of none.
 */
function outputsOf({ run, trace }: RecordedRun): { known: string[]; unknown: string[]; unseen: string[] } {
  const known: string[] = [];
  const unknown: string[] = [];
  const unseen: string[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const printed = run.printed?.[stream];
    if (printed?.varies || printed?.compare === 'ignore') {
      unknown.push(`the ${stream} of ${run.id}, which varies`);
      unseen.push(stream);
    } else if (printed && printed.size > 0) {
      known.push(`${stream} ${printed.sha256}`);
    } else if (!printed && isUnseen(run, stream)) {
      unknown.push(`the ${stream} of ${run.id}, which was no pipe or file`);
      unseen.push(stream);
    }
  }
  for (const { path, sha256, varies, compare, files, size } of unfoldOutputs(run, trace)) {
    if (varies || compare === 'ignore') unknown.push(`${path}, which varies`);
    else if (sha256 === undefined) unknown.push(`${path}${files === undefined ? '' : `, ${files} files`}`);
    else if (size !== 0) known.push(`file ${sha256}`);
  }
  return { known, unknown, unseen };
}

function isUnseen({ printed, ...run }: ManifestRun, stream: 'stdout' | 'stderr'): boolean {
  if (stream === 'stderr' && printed?.together) return false;
  return ['terminal', 'null', 'other', 'socket'].some((kind) => run[stream] === kind);
}
