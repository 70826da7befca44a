/** Columns of the label at the head of a line. */
export const labelWidth = 12;

/** Runs that are named one by one. */
const shown = 12;

/** One line of a summary. */
export function line(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)}${text}`;
}

/** Runs by their numbers; of many the first and the last. */
export function showRuns(runs: readonly string[]): string {
  const all = runs.map((run, at) => `${at + 1} ${run}`);
  const some = all.length > shown ? [...all.slice(0, shown / 2), '...', ...all.slice(-1)] : all;
  return some.join(', ') || 'none';
}
