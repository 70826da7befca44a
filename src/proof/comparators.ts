import type { Comparator } from '../spec/document/schema.js';

/** Equal by a comparator, or the first place where two contents are not. */
export type Comparison =
  | { readonly equal: true }
  | { readonly equal: false; readonly at: string; readonly expected: string; readonly found: string };

const equal: Comparison = { equal: true };

/** Compares the output of two runs. */
export function compareContents(expected: Buffer, found: Buffer, comparator: Comparator): Comparison {
  if (comparator === 'ignore') return equal;
  if (comparator === 'bytes') return compareBytes(expected, found);
  return compareLines(expected, found, comparator === 'text' ? undefined : comparator.numbers);
}

/** How a comparator is named in a report. */
export function describeComparator(comparator: Comparator): string {
  if (typeof comparator === 'string') return comparator;
  const { absolute, relative } = comparator.numbers;
  const parts = [
    ...(absolute === undefined ? [] : [`${absolute} absolute`]),
    ...(relative === undefined ? [] : [`${relative} relative`]),
  ];
  return `numbers within ${parts.join(' or ') || 'no tolerance'}`;
}

function compareBytes(expected: Buffer, found: Buffer): Comparison {
  if (expected.equals(found)) return equal;
  const length = Math.min(expected.length, found.length);
  let at = 0;
  while (at < length && expected[at] === found[at]) at++;
  const line = expected.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
  const start = expected.lastIndexOf(0x0a, Math.max(0, at - 1)) + 1;
  const from = at === 0 ? 0 : Math.max(start, at - 40);
  return {
    equal: false,
    at: `byte ${at + 1}, line ${line}`,
    expected: excerpt(expected, from),
    found: excerpt(found, from),
  };
}

interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
}

/** Line by line, without line ends, trailing space and the empty lines at the end. */
function compareLines(expected: Buffer, found: Buffer, tolerance: Tolerance | undefined): Comparison {
  const before = textLines(expected);
  const after = textLines(found);
  const count = Math.max(before.length, after.length);
  for (let at = 0; at < count; at++) {
    const one = before[at];
    const other = after[at];
    if (one === other) continue;
    if (one !== undefined && other !== undefined && tolerance !== undefined) {
      const token = firstDifference(one, other, tolerance);
      if (token === undefined) continue;
      return { equal: false, at: `line ${at + 1}`, ...token };
    }
    return { equal: false, at: `line ${at + 1}`, expected: shorten(one), found: shorten(other) };
  }
  return equal;
}

/** Whether two texts differ in the order of their lines only. */
export function haveSameLines(one: Buffer, other: Buffer): boolean {
  if (one.length !== other.length) return false;
  const sorted = (content: Buffer) => content.toString('latin1').split('\n').sort().join('\n');
  return sorted(one) === sorted(other);
}

/** The first line that says something, for people. */
export function firstLine(content: Buffer): string {
  return shorten(content.toString('latin1').trimStart().split('\n', 1)[0]);
}

function textLines(content: Buffer): string[] {
  const lines = content
    .toString('latin1')
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/[ \t]+$/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A decimal number that is not a part of a word or of a longer dotted name such as a version. */
const number =
  /(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w]|\.\w)|(?<![\w.])[+-]?(?:nan|inf(?:inity)?)(?!\w)/gi;

/** Compares the text around numbers as text and the numbers as numbers; the first difference, if there is one. */
function firstDifference(one: string, other: string, tolerance: Tolerance) {
  const [before, after] = [tokens(one), tokens(other)];
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const expected = before[at];
    const found = after[at];
    if (expected?.text === found?.text) continue;
    const isClose =
      expected?.value !== undefined && found?.value !== undefined && isNear(expected.value, found.value, tolerance);
    if (!isClose) return { expected: shorten(expected?.text), found: shorten(found?.text) };
  }
  return undefined;
}

function tokens(line: string): { readonly text: string; readonly value?: number }[] {
  const found: { text: string; value?: number }[] = [];
  let end = 0;
  const addText = (text: string) => {
    // How columns are padded depends on the digits of their numbers.
    const words = text.trim().replace(/\s+/g, ' ');
    if (words !== '') found.push({ text: words });
  };
  for (const match of line.matchAll(number)) {
    addText(line.slice(end, match.index));
    found.push({ text: match[0], value: numberIn(match[0]) });
    end = match.index + match[0].length;
  }
  addText(line.slice(end));
  return found;
}

function numberIn(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

function isNear(expected: number, found: number, { absolute = 0, relative = 0 }: Tolerance): boolean {
  if (Object.is(expected, found) || expected === found) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(found)) return false;
  const distance = Math.abs(expected - found);
  // The distance itself is rounded: a tolerance of 0.1 allows 1.1 for 1.0.
  const rounding = Number.EPSILON * 4 * Math.max(Math.abs(expected), Math.abs(found));
  return distance <= Math.max(absolute, relative * Math.abs(expected)) + rounding && (absolute > 0 || relative > 0);
}

function excerpt(content: Buffer, from: number): string {
  const end = content.indexOf(0x0a, from);
  return shorten(content.toString('latin1', from, end < 0 ? content.length : end));
}

function shorten(line: string | undefined): string {
  if (line === undefined) return 'nothing';
  const text = Buffer.from(line.slice(0, 80), 'latin1').toString('utf8');
  const visible = text.replace(/\p{Cc}/gu, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return line.length > 80 ? `${visible}...` : visible;
}
