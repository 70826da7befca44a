import type { ToolRow } from '../lineage/toolchain.js';
import { renderTable } from './table.js';

/** Tools in rows, sources in columns, and whether all have the same. */
export function renderToolchain(rows: readonly ToolRow[], sources: readonly string[]): string {
  if (rows.length === 0) return 'No interpreter, compiler or such library is known of in any of them';
  const version = (row: ToolRow, source: string) => {
    const versions = row.versions[source];
    if (versions === undefined) return '-';
    return versions.length === 0 ? 'there' : versions.join(', ');
  };
  const columns = sources.map((title) => ({ title, value: (row: ToolRow) => version(row, title) }));
  const same = (row: ToolRow) => (row.same === undefined ? 'not known' : row.same ? 'yes' : 'no');
  return renderTable(
    [
      { title: 'tool', value: ({ tool }: ToolRow) => tool },
      ...columns,
      ...(sources.length > 1 ? [{ title: 'the same', value: same }] : []),
    ],
    rows,
  );
}
