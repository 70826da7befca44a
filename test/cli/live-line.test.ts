import { expect, it } from 'vitest';
import { LiveLine } from '../../src/cli/live-line.js';

it('draws counts with their rates over one line, and leaves none behind', () => {
  const written: string[] = [];
  let now = 0;
  {
    using line = new LiveLine({ isTTY: true, write: (text) => written.push(text) }, () => now);
    now = 500;
    line.show({ files: 100, processes: 4 });
    now = 1500;
    line.show({ files: 130, processes: 4 });
  }
  expect(written).toEqual([
    '\r\u001b[K100 files (200/s), 4 processes (8/s)',
    '\r\u001b[K130 files (30/s), 4 processes (0/s)',
    '\r\u001b[K',
  ]);
});
