import { compareSchema } from '../spec/schema.js';
import { describeComparator } from './comparators.js';
import type { AccessDifference, OutputResult, RerunReport } from './proof.js';

const shownLimit = 12;

/** One run again, for people. */
export function renderRerun(report: RerunReport): string[] {
  const { run, started, reason, exit, outputs, accesses, unproved, inputs } = report;
  if (!started) return ['', `Run ${run} was not started: ${reason ?? 'no reason is known'}.`];
  const lines = ['', `Run ${run} again:`];
  const lacking = inputs.filter(({ verdict }) => verdict !== 'in-place' && verdict !== 'supplied');
  for (const { path, verdict, why } of lacking) lines.push(`  input ${path}: ${verdict}${why ? `: ${why}` : ''}`);
  if (exit) {
    lines.push(
      `  exit: ${exit.verdict === 'equal' ? `the same, ${exit.expected}` : `${exit.verdict}: expected ${exit.expected}, found ${exit.found}: ${exit.why}`}`,
    );
  }
  for (const output of outputs) lines.push(...renderOutput(output));
  if (accesses) lines.push(...renderAccesses(accesses.equal, accesses.differences));
  for (const sentence of unproved) lines.push(`  ${sentence}`);
  return lines;
}

function renderOutput({ path, stream, verdict, compare, why, at, expected, found }: OutputResult): string[] {
  const comparator = compareSchema.safeParse(compare);
  const by = comparator.success && comparator.data !== 'bytes' ? ` by ${describeComparator(comparator.data)}` : '';
  const name = stream === undefined ? `output ${path}` : `${stream}, in ${path}`;
  const lines = [`  ${name}: ${verdict}${by}${why === undefined ? '' : `: ${why}`}`];
  if (at !== undefined)
    lines.push(`    at ${at}: expected ${expected}`, `    ${' '.repeat(at.length + 5)}found ${found}`);
  return lines;
}

function renderAccesses(equal: number, differences: readonly AccessDifference[]): string[] {
  const unexplained = differences.filter(({ verdict }) => verdict !== 'excused');
  const excused = differences.length - unexplained.length;
  const lines = [
    `  files used: ${equal} in the same way${excused === 0 ? '' : `, ${excused} not, for known reasons`}${unexplained.length === 0 ? '' : `, ${unexplained.length} not`}`,
  ];
  for (const { path, expected, found, why } of unexplained.slice(0, shownLimit)) {
    lines.push(
      `    ${path}: ${describeUses(expected)} on the origin, ${describeUses(found)} here${why ? `: ${why}` : ''}`,
    );
  }
  if (unexplained.length > shownLimit)
    lines.push(`    ... and ${unexplained.length - shownLimit} more; --json has them all`);
  return lines;
}

function describeUses(uses: readonly string[]): string {
  return uses.length === 0 ? 'not used' : uses.join(' and ');
}
