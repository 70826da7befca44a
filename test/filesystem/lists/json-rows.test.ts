import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { containerDiff } from '../../../src/filesystem/lists/container-diff.js';
import { type JsonRows, jsonRows } from '../../../src/filesystem/lists/json-rows.js';
import { openList } from '../../../src/filesystem/lists/read.js';
import { samples } from './samples.js';

async function* pieces(content: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

/** The lists of a text that are called `rows`, and all else of it. */
async function taken(text: string, size: number) {
  const parts = jsonRows({ content: pieces(Buffer.from(text), size), where: 'x' }, ['rows'], containerDiff);
  const found: JsonRows[] = [];
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) found.push(next.value);
  return { lists: found.map(({ list, first, rows }) => [list, first, rows]), rest: next.value };
}

describe('lists that are taken out of JSON', () => {
  it.each([
    ['{"rows": [1, 2], "x": "caf\u00e9"}', [[0, 1, [1, 2]]], { rows: [], x: 'caf\u00e9' }],
    [
      '[{"a": {"rows":[]}}, {"rows": [{"rows": [1]}, "],", "\\"]"]}]',
      [
        [0, 1, []],
        [1, 1, [{ rows: [1] }, '],', '"]']],
      ],
      [{ a: { rows: [] } }, { rows: [] }],
    ],
    [
      '{"x": "rows", "y": [1, [2]], "\\"rows": [3], "rows": {"z": [4]}}',
      [],
      { x: 'rows', y: [1, [2]], '"rows': [3], rows: { z: [4] } },
    ],
    ['{"rows": "[", "z": ["rows", [1]]}', [], { rows: '[', z: ['rows', [1]] }],
  ])('are those of %s, however it comes', async (text, lists, rest) => {
    for (const size of [1, 2, 5, 999]) expect(await taken(text, size)).toEqual({ lists, rest });
  });

  it('come in pieces, counted from one, where they are long', async () => {
    const rows = Array.from({ length: 60_000 }, (_, at) => ({ at, text: 'x'.repeat(20) }));
    const { lists } = await taken(JSON.stringify({ rows }), 1 << 16);
    expect(lists.length).toBeGreaterThan(1);
    expect(lists.flatMap(([, , items]) => items)).toEqual(rows);
    expect(lists.map(([, first]) => first)).toEqual(
      lists.map(([, , items]) => (items as { at: number }[])[0]?.at).map((at) => (at ?? 0) + 1),
    );
  });

  it.each([
    ['{"rows": [1, 2', /ends within its rows/],
    ['{"rows": [1, x]}', /from entry 1 of its rows on/],
    ['{"rows": [1], y}', /not JSON/],
  ])('are missed in %s with the place', async (text, message) => {
    await expect(taken(text, 3)).rejects.toThrow(message);
  });
});

it.each(samples)('a list of $format is the same whatever pieces it comes in', async ({ content, entries, format }) => {
  const open = () => Readable.from(pieces(Buffer.from(content), 7));
  const found = [];
  for await (const entry of openList(open, { where: 'x', hash: true, format }).entries()) found.push(entry);
  expect(found).toEqual(entries);
});
