/**
 * Aligns columns as Go's text/tabwriter does, with cells at least 8 wide and 8 spaces between them: a cell ends with a
 * tab, a column is a run of adjacent lines that have a cell there, and what stands behind the last tab is no cell.
 * https://pkg.go.dev/text/tabwriter
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const padded = lines.map((cells) => [...cells]);
  align(lines, padded, 0, lines.length, 0);
  return padded.map((cells) => cells.join('')).join('\n');
}

const least = 8;
const room = 8;

function align(lines: readonly string[][], padded: string[][], from: number, to: number, column: number): void {
  const hasCell = (at: number) => column < (lines[at]?.length ?? 0) - 1;
  for (let at = from; at < to; at++) {
    if (!hasCell(at)) continue;
    let end = at;
    let width = least;
    for (; end < to && hasCell(end); end++) width = Math.max(width, lengthOf(lines[end]?.[column]) + room);
    for (let row = at; row < end; row++) {
      const cells = padded[row] as string[];
      cells[column] = `${cells[column]}${' '.repeat(width - lengthOf(lines[row]?.[column]))}`;
    }
    align(lines, padded, at, end, column + 1);
    at = end;
  }
}

function lengthOf(text = ''): number {
  return [...text].length;
}

/** A size as container-diff shows it: powers of 1024, one digit, no `.0`; -1 is not known. */
export function showSize(size: number): string {
  if (size === -1) return 'unknown';
  if (size === 0) return '0';
  const units = ['B', 'K', 'M', 'G', 'T'];
  let at = 0;
  let value = size;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value.toFixed(1).replace(/\.0$/, '')}${units[at]}`;
}
