import { expect, it } from 'vitest';
import { renderTable } from '../../src/cli/table.js';

it('aligns columns and makes control characters visible', () => {
  const table = renderTable(
    [
      { title: 'name', value: (row: { name: string; size: number }) => row.name },
      { title: 'size', align: 'right', value: (row) => String(row.size) },
    ],
    [
      { name: 'a', size: 12_345 },
      { name: 'b\u001b[31m\n', size: 1 },
    ],
  );
  expect(table.split('\n')).toEqual(['name          size', 'a            12345', 'b\\x1b[31m\\n      1']);
});
