import { expect, it } from 'vitest';
import { containerDiff } from '../../../src/filesystem/lists/container-diff.js';
import { jsonRows } from '../../../src/filesystem/lists/json-rows.js';
import { randomNumbers } from '../../support/random.js';

const wanted = ['rows', 'Analysis'];
type Below = (limit: number) => number;

/** Texts of what could be taken for the structure around them, and of characters that have several bytes. */
const fragments = [
  '},',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\"',
  '],',
  'rows',
  '"rows": [',
  '/usr/lib',
  'é',
  '日',
  '😀',
  '\n',
  ' ',
];

function textOf(below: Below): string {
  return Array.from({ length: below(6) }, () => fragments[below(fragments.length)]).join('');
}

function anyValue(below: Below, depth: number): unknown {
  const kind = below(depth > 3 ? 6 : 10);
  if (kind === 0) return below(2) === 0;
  if (kind === 1) return null;
  if (kind === 2) return [0, -1, 1.5, 1e21, -2e-7, below(1 << 30)][below(6)];
  if (kind < 6) return textOf(below);
  const length = below(5);
  if (kind < 8) return Array.from({ length }, () => anyValue(below, depth + 1));
  return Object.fromEntries(
    Array.from({ length }, (_, at) => [
      [`key ${at}`, wanted[below(wanted.length)] ?? '', `${textOf(below)} ${at}`][below(3)],
      below(3) === 0 ? listOf(below, depth + 1) : anyValue(below, depth + 1),
    ]),
  );
}

/** A few of many hundred kB, so that items are cut apart where they are not all there yet. */
function listOf(below: Below, depth: number): unknown[] {
  const isLong = depth < 3 && below(12) === 0;
  const item = () =>
    isLong && below(200) > 0
      ? { Name: `/${textOf(below)}/${below(1000)}`, Size: below(9) }
      : anyValue(below, depth + 1);
  return Array.from({ length: isLong ? 6000 : below(6) }, item);
}

/** As JSON may be written: with any space between, and any character of a text as an escape; keys as they are. */
function written(value: unknown, below: Below): string {
  const space = () => ['', '', '', ' ', '\n', '\t\r\n '][below(6)] ?? '';
  const character = (each: string) =>
    /[a-z/é日]/.test(each) && below(20) === 0
      ? `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
      : JSON.stringify(each).slice(1, -1);
  const text = (some: string) => `"${[...some].map(character).join('')}"`;
  const put = (each: unknown): string => {
    if (typeof each === 'string') return text(each);
    if (Array.isArray(each)) return `[${space()}${each.map(put).join(`${space()},${space()}`)}${space()}]`;
    if (typeof each !== 'object' || each === null) return JSON.stringify(each);
    const fields = Object.entries(each).map(([key, of]) => `${JSON.stringify(key)}${space()}:${space()}${put(of)}`);
    return `{${space()}${fields.join(`${space()},${space()}`)}${space()}}`;
  };
  return `${space()}${put(value)}${space()}`;
}

/** What is to be found, in the order of the text: lists of those names, but for such within one that is taken. */
function apart(value: unknown): { readonly lists: unknown[][]; readonly rest: unknown } {
  const lists: unknown[][] = [];
  const without = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(without);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(
      Object.entries(each).map(([key, of]) => {
        if (!wanted.includes(key) || !Array.isArray(of)) return [key, without(of)];
        lists.push(of);
        return [key, []];
      }),
    );
  };
  const rest = without(value);
  return { lists, rest };
}

function* cut(bytes: Buffer, below: Below): Generator<Buffer, void> {
  const most =
    [1, 3, 64, 5000, 1 << 18, bytes.length][below(bytes.length > 20_000 ? 3 : 6) + (bytes.length > 20_000 ? 3 : 0)] ??
    1;
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(most);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function taken(chunks: Iterable<Buffer>) {
  async function* content() {
    yield* chunks;
  }
  const lists: unknown[][] = [];
  const parts = jsonRows({ content: content(), where: 'x' }, wanted, containerDiff);
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    const { list, first, rows } = next.value;
    const known = lists[list] ?? [];
    expect(first).toBe(known.length + 1);
    lists[list] = [...known, ...rows];
  }
  return { lists, rest: next.value };
}

it.each(Array.from({ length: 8 }, (_, seed) => seed))(
  'lists are taken out of random documents as JSON.parse has them, wherever these are cut: %i',
  async (seed) => {
    const below = randomNumbers(seed + 1);
    for (let round = 0; round < 12; round++) {
      const told = { first: anyValue(below, 0), rows: listOf(below, 0), last: anyValue(below, 0) };
      const text = written(told, below);
      // The written form is of that document, however it looks.
      const parsed = JSON.parse(text);
      expect(parsed).toEqual(told);
      const { lists, rest } = apart(parsed);
      const found = await taken(cut(Buffer.from(text), below));
      expect(lists.map((_, at) => found.lists[at] ?? [])).toEqual(lists);
      expect(found.rest).toEqual(rest);
    }
  },
);

it('what is cut off, or is no JSON, is no list of fewer rows', async () => {
  const below = randomNumbers(99);
  for (let round = 0; round < 150; round++) {
    const bytes = Buffer.from(JSON.stringify({ rows: listOf(below, 3), last: anyValue(below, 2) }));
    const end = 1 + below(bytes.length - 1);
    await expect(taken(cut(bytes.subarray(0, end), below))).rejects.toThrow(/JSON/);
  }
});
