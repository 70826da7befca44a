import { compareSchema } from '../spec/document/comparators.js';
import { describeComparator } from './comparison/compare.js';
import { writtenAs } from './comparison/suggest.js';
import { type AccessDifference, isLacking, type OutputResult, type RerunReport, type SuppliedInput } from './proof.js';

const shownLimit = 12;

/** One run again, for people. */
export function renderRerun(report: RerunReport): string[] {
  const { run, started, reason, exit, outputs, accesses, unproved, inputs } = report;
  if (!started) return ['', `Run ${run} was not started: ${reason ?? 'no reason is known'}.`];
  const lines = ['', `Run ${run} again:`];
  const reasons = new Reasons();
  const lacking = inputs.filter((input) => isLacking(input) || input.verdict === 'made');
  for (const { path, verdict, why } of lacking) lines.push(`  input ${path}: ${verdict}${why ? `: ${why}` : ''}`);
  lines.push(...renderRuled(inputs, 'inputs', 'not needed'));
  if (exit) {
    lines.push(
      `  exit: ${exit.verdict === 'equal' ? `the same, ${exit.expected}` : `${exit.verdict}: expected ${exit.expected}, found ${exit.found}${reasons.tell(exit.why)}`}`,
    );
  }
  lines.push(...renderOutputs(outputs, reasons));
  if (accesses) lines.push(...renderAccesses(accesses.equal, accesses.differences, reasons));
  for (const sentence of unproved) lines.push(`  ${sentence}`);
  return lines;
}

/** One reason is told in full once: a run that fails early differs in a hundred places for the same one. */
class Reasons {
  readonly #told = new Set<string>();

  tell(why: string | undefined): string {
    if (why === undefined) return '';
    if (this.#told.has(why)) return ': for the same reason';
    this.#told.add(why);
    return `: ${why}`;
  }
}

/** What is not equal comes first, and of many equal ones only how many. */
function renderOutputs(outputs: readonly OutputResult[], reasons: Reasons): string[] {
  const equal = outputs.filter(({ verdict }) => verdict === 'equal');
  const others = outputs.filter(({ verdict, rule }) => verdict !== 'equal' && rule === undefined);
  const lines = others.slice(0, shownLimit).flatMap((output) => renderOutput(output, reasons));
  if (others.length > shownLimit)
    lines.push(`  ... and ${others.length - shownLimit} more outputs; --json has them all`);
  const isShort = equal.length <= shownLimit;
  lines.push(
    ...(isShort ? equal.flatMap((output) => renderOutput(output, reasons)) : [`  outputs: ${equal.length} are equal`]),
    ...renderRuled(outputs, 'outputs', 'may vary'),
  );
  return lines;
}

/** Whatever they are, tools keep them for themselves. */
function renderRuled(all: readonly (OutputResult | SuppliedInput)[], what: string, but: string): string[] {
  const rules = new Set(all.flatMap(({ rule }) => rule ?? []));
  return [...rules].map((name) => {
    const [first, ...more] = all.filter(({ rule }) => rule === name);
    const others = more.length > 0 ? ` and ${more.length} more ${what}` : '';
    return `  ${first?.path}${others}: ${but}, rule ${name}: ${first?.why}`;
  });
}

function renderOutput(output: OutputResult, reasons: Reasons): string[] {
  const { path, stream, verdict, compare, why, differences = [], count = 0, suggestion } = output;
  const comparator = compareSchema.safeParse(compare);
  const by = comparator.success && comparator.data !== 'bytes' ? ` by ${describeComparator(comparator.data)}` : '';
  const name = stream === undefined ? `output ${path}` : `${stream}, in ${path}`;
  const lines = [`  ${name}: ${verdict}${by}${reasons.tell(why)}`];
  for (const { at, expected, found } of differences) {
    lines.push(`    at ${at}: expected ${expected}`, `    ${' '.repeat(at.length + 5)}found ${found}`);
  }
  if (count > differences.length) lines.push(`    ... and ${count - differences.length} more differences`);
  const accepting = compareSchema.safeParse(suggestion);
  if (accepting.success) {
    lines.push(
      `    equal by ${describeComparator(accepting.data)}; to accept that, give it: ${writtenAs(accepting.data)}`,
    );
  }
  return lines;
}

function renderAccesses(equal: number, differences: readonly AccessDifference[], reasons: Reasons): string[] {
  const unexplained = differences.filter(({ verdict }) => verdict !== 'excused');
  const excused = differences.length - unexplained.length;
  const lines = [
    `  files used: ${equal} in the same way${excused === 0 ? '' : `, ${excused} not, for known reasons`}${unexplained.length === 0 ? '' : `, ${unexplained.length} not`}`,
  ];
  for (const { path, expected, found, why } of unexplained.slice(0, shownLimit)) {
    lines.push(`    ${path}: ${describeUses(expected)} on the origin, ${describeUses(found)} here${reasons.tell(why)}`);
  }
  if (unexplained.length > shownLimit)
    lines.push(`    ... and ${unexplained.length - shownLimit} more; --json has them all`);
  return lines;
}

function describeUses(uses: readonly string[]): string {
  return uses.length === 0 ? 'not used' : uses.join(' and ');
}
