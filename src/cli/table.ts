import { onOneLine } from './error-text.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** Rows as aligned text columns under their titles, one line each. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => onOneLine(column.value(row))));
  const widths = columns.map((column, at) =>
    cells.reduce((widest, row) => Math.max(widest, width(row[at] ?? '')), column.title.length),
  );
  const lines = [columns.map((column) => column.title), ...cells].map((row) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function pad(cell: string, to: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)));
  return align === 'right' ? space + cell : cell + space;
}

function width(text: string): number {
  return [...text].length;
}
