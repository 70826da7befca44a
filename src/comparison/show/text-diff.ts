/** A line of a text diff: of both sides, or of one. */
interface Step {
  readonly mark: ' ' | '-' | '+';
  readonly line: string;
}

const contextLines = 3;
/** Texts that differ more than this are told as one taken out and one put in. */
const mostSteps = 4000;

/** A unified diff of two texts, as `diff -u` writes it; empty where they are the same. */
export function unifiedDiff(before: string, after: string, names: readonly [string, string]): string {
  if (before === after) return '';
  const steps = stepsOf(linesOf(before), linesOf(after));
  return [`--- ${names[0]}`, `+++ ${names[1]}`, ...hunksOf(steps)].join('\n');
}

const noEnd = '\\ No newline at end of file';

/** The last line of a text may have no end, and then is another one than with it. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\n${noEnd}`];
}

/** The shortest way from one to the other: Myers, An O(ND) Difference Algorithm and Its Variations (1986). */
function stepsOf(before: readonly string[], after: readonly string[]): Step[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const kept = (line: string): Step => ({ mark: ' ', line });
  return [
    ...before.slice(0, start).map(kept),
    ...shortestWay(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(kept),
  ];
}

function shortestWay(before: readonly string[], after: readonly string[]): Step[] {
  const trails = trailsOf(before, after);
  if (!trails)
    return [
      ...before.map((line) => ({ mark: '-' as const, line })),
      ...after.map((line) => ({ mark: '+' as const, line })),
    ];
  const steps: Step[] = [];
  let [x, y] = [before.length, after.length];
  for (let depth = trails.length - 1; depth >= 0; depth--) {
    const reached = trails[depth] as Map<number, number>;
    const k = x - y;
    const isDown = k === -depth || (k !== depth && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1));
    const previous = depth === 0 ? 0 : (reached.get(isDown ? k + 1 : k - 1) ?? 0);
    const from = depth === 0 ? 0 : isDown ? previous : previous + 1;
    for (; x > from; x--, y--) steps.push({ mark: ' ', line: before[x - 1] ?? '' });
    if (depth === 0) break;
    if (isDown) steps.push({ mark: '+', line: after[--y] ?? '' });
    else steps.push({ mark: '-', line: before[--x] ?? '' });
  }
  return steps.reverse();
}

/** For each number of steps how far each diagonal had come before; undefined where there are too many. */
function trailsOf(before: readonly string[], after: readonly string[]): Map<number, number>[] | undefined {
  const trails: Map<number, number>[] = [];
  const reached = new Map<number, number>([[1, 0]]);
  for (let depth = 0; depth <= Math.min(before.length + after.length, mostSteps); depth++) {
    trails.push(new Map(reached));
    for (let k = -depth; k <= depth; k += 2) {
      const isDown = k === -depth || (k !== depth && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1));
      let x = isDown ? (reached.get(k + 1) ?? 0) : (reached.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reached.set(k, x);
      if (x >= before.length && x - k >= after.length) return trails;
    }
  }
  return undefined;
}

function hunksOf(steps: readonly Step[]): string[] {
  const shown = steps.map((_step, at) =>
    steps.slice(Math.max(0, at - contextLines), at + contextLines + 1).some(({ mark }) => mark !== ' '),
  );
  const lines: string[] = [];
  const at = { before: 1, after: 1 };
  for (let from = 0; from < steps.length; ) {
    let to = from;
    while (to < steps.length && shown[to] === shown[from]) to++;
    const hunk = steps.slice(from, to);
    const counts = { before: count(hunk, '+'), after: count(hunk, '-') };
    if (shown[from]) {
      lines.push(`@@ -${range(at.before, counts.before)} +${range(at.after, counts.after)} @@`);
      lines.push(...hunk.map(({ mark, line }) => `${mark}${line}`));
    }
    at.before += counts.before;
    at.after += counts.after;
    from = to;
  }
  return lines;
}

/** How many lines are not of the other side only. */
function count(steps: readonly Step[], others: '+' | '-'): number {
  return steps.filter(({ mark }) => mark !== others).length;
}

function range(start: number, length: number): string {
  if (length === 0) return `${start - 1},0`;
  return length === 1 ? String(start) : `${start},${length}`;
}
