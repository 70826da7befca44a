import { describe, expect, it } from 'vitest';
import { describeComparator } from '../../../src/proof/comparison/compare.js';
import { firstLine, haveSameLines } from '../../../src/proof/formats/lines.js';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { compare, differences } from './written.js';

const numbers = (absolute?: number, relative?: number): Comparator => ({
  numbers: { ...(absolute === undefined ? {} : { absolute }), ...(relative === undefined ? {} : { relative }) },
});

describe('text and numbers', () => {
  it.each<[string, string, Comparator, boolean]>([
    ['a', 'a', 'bytes', true],
    ['a\n', 'a\r\n', 'bytes', false],
    ['a\n', 'a\r\n', 'text', true],
    ['a  \nb\t\n\n', 'a\nb', 'text', true],
    [' a', 'a', 'text', false],
    ['a\n\nb', 'a\nb', 'text', false],
    ['x', 'y', 'ignore', true],
    ['', '', 'bytes', true],
    ['', 'x', 'text', false],
    ['mean 1.000', 'mean 1.0009', numbers(0.001), true],
    ['mean 1.000', 'mean 1.002', numbers(0.001), false],
    ['mean 1000', 'mean 1001', numbers(undefined, 0.001), true],
    ['1.0', '1.1', numbers(0.1), true],
    ['1', '1.0', numbers(), true],
    ['1', '2', numbers(), false],
    ['1e-3', '0.001', numbers(0), true],
    ['-1', '1', numbers(1), false],
    ['nan', 'NaN', numbers(1), true],
    ['nan', '1', numbers(1), false],
    ['inf', '-inf', numbers(1), false],
    ['mean 1', 'median 1', numbers(5), false],
    ['v1.2.3', 'v1.2.4', numbers(5), false],
    ['1.2.3', '1.2.4', numbers(5), false],
    ['x1', 'x2', numbers(5), false],
    ['1,2,3', '1,2,3.5', numbers(1), true],
    ['(1.5)', '(1.6)', numbers(1), true],
    ['  9.99 m', ' 10.01 m', numbers(0.1), true],
    ['1 2', '1 2 3', numbers(9), false],
    ['9007199254740993', '9007199254740992', numbers(), false],
    ['007', '7', numbers(), false],
    ['{"a": 0.1}', '{"a": 0.10000001}', numbers(1e-6), true],
  ])('%j and %j by %j: %s', async (expected, found, comparator, isEqual) => {
    expect((await compare(expected, found, comparator)).verdict).toBe(isEqual ? 'equal' : 'different');
  });

  it('says where the differences are, and both values', async () => {
    expect(await differences('one\ntwo\n', 'one\ntwa\n', 'bytes')).toEqual(['byte 7, line 2: two | twa']);
    expect(await differences('a\nx 1.5 y\n', 'a\nx 2.5 y\n', numbers(0.1))).toEqual(['line 2: 1.5 | 2.5']);
  });

  it('shows the first differences and counts the others', async () => {
    const comparison = await compare('1\n'.repeat(9), '2\n'.repeat(9), 'text');
    expect(comparison).toMatchObject({ verdict: 'different', count: 9, differences: { length: 5 } });
  });

  it('leaves out lines with what does not count', async () => {
    const text = (date: string, mean: number) => `# made on ${date}\nmean ${mean}\n`;
    const without: Comparator = { text: { ignore: ['made on'] } };
    expect(await differences(text('Monday', 1), text('Friday', 1), without)).toEqual([]);
    expect(await differences(text('Monday', 1), text('Friday', 2), without)).toEqual(['line 2: mean 1 | mean 2']);
  });

  it('lets no control character through to a terminal', async () => {
    expect(await differences('a\x1b[2J', 'b', 'text')).toEqual(['line 1: a\\x1b[2J | b']);
  });

  it('calls everything equal to itself, and no changed byte equal', async () => {
    for (let seed = 1; seed < 300; seed++) {
      const bytes = Buffer.from(Array.from({ length: seed }, (_, at) => (at * seed * 31 + seed) % 256));
      for (const comparator of ['bytes', 'text', numbers(1)] as const) {
        expect((await compare(bytes, bytes, comparator)).verdict).toBe('equal');
      }
      const changed = Buffer.from(bytes);
      changed[seed >> 1] = (changed[seed >> 1] ?? 0) ^ 1;
      expect((await compare(bytes, changed, 'bytes')).verdict).toBe('different');
    }
  });

  it('takes time that grows with the text alone', async () => {
    const long = `${'1'.repeat(400_000)}x ${' '.repeat(400_000)}y\n`;
    const begin = performance.now();
    expect(await differences(long, `${long} `, numbers(1))).toEqual([]);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('has a name for every tolerance', () => {
    expect(describeComparator(numbers(0.1, 0.2))).toBe('numbers within 0.1 absolute or 0.2 relative');
    expect(describeComparator('text')).toBe('text');
  });
});

describe('what differs', () => {
  it.each([
    ['b\na\n', 'a\nb\n', true],
    ['a\na\nb\n', 'a\nb\nb\n', false],
    ['ab\n', 'ba\n', false],
  ])('tells whether %j and %j are the same lines', (one, other, same) => {
    expect(haveSameLines(Buffer.from(one), Buffer.from(other))).toBe(same);
  });

  it('shows the first line that says something', () => {
    expect(firstLine(Buffer.from('\n\tfatal: no\n\x1b[31m'))).toBe('fatal: no');
    expect(firstLine(Buffer.from('\n'))).toBe('');
  });
});
