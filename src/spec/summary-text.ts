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

/** A size as people read it. */
export function showBytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = size / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
