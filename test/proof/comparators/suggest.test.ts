import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { suggestComparator, writtenAs } from '../../../src/proof/comparison/suggest.js';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { document } from './laid-out.js';
import { png } from './pictures.js';

const pixels = [[1, 2, 3, 255]] as const;

it.each<[string, string | Buffer, string | Buffer, Comparator | undefined]>([
  ['/out/a.csv', 'a\n1.50\n', 'a\n1.5\n', 'csv'],
  ['/out/a.csv', 'a\n1.5\n', 'a\n1.5000001\n', { csv: { relative: 1e-6 } }],
  ['/out/a.csv', 'a\n1.5\n', 'a\n2\n', undefined],
  ['/out/a.json', '{"a":1,"b":2}', '{"b":2,"a":1}', 'json'],
  ['/out/log', 'a\n', 'a\r\n', 'text'],
  ['/out/log', 'mean 0.1\n', 'mean 0.10000000001\n', { numbers: { relative: 1e-6 } }],
  ['/out/log', 'a\n', 'b\n', undefined],
  ['/out/a', gzipSync('x', { level: 1 }), Buffer.concat([gzipSync('x'), gzipSync('')]), 'gzip'],
  ['/out/a', document('', { date: 'D:1' }), document('', { date: 'D:2' }), 'pdf'],
  ['/out/a', png(1, pixels, { colour: 6, depth: 8 }), png(1, pixels, { colour: 2, depth: 8 }), 'image'],
  ['/out/a', Buffer.alloc(9), Buffer.alloc(8), undefined],
])('suggests for %s what would make both equal', async (path, expected, found, comparator) => {
  expect(await suggestComparator(Buffer.from(expected), Buffer.from(found), path)).toEqual(comparator);
});

it('says how a comparator is written in the manifest', () => {
  expect(writtenAs('gzip')).toBe('compare: gzip');
  expect(writtenAs({ csv: { relative: 1e-6 } })).toBe('compare: {"csv":{"relative":0.000001}}');
});
