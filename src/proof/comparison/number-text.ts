import { isSameText, type Tolerance } from './tolerance.js';

/** A decimal number that is not a part of a word or of a longer dotted name such as a version. */
const number =
  /(?<![\w.])[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w]|\.\w)|(?<![\w.])[+-]?(?:nan|inf(?:inity)?)(?!\w)/gi;

/**
 * The first difference of two lines whose numbers may be a tolerance apart. How columns are padded depends on the
 * digits of their numbers, so that space is space.
 */
export function differenceWithin(
  one: string,
  other: string,
  tolerance: Tolerance,
): readonly [string | undefined, string | undefined] | undefined {
  const [before, after] = [tokens(one), tokens(other)];
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const [expected, found] = [before[at], after[at]];
    if (expected === undefined || found === undefined || !isSameText(expected, found, tolerance)) {
      return [expected, found];
    }
  }
  return undefined;
}

/** The same where some parts are text whatever is in them, such as what stands in quotes. */
export function differenceOutside(
  texts: RegExp,
  one: string,
  other: string,
  tolerance: Tolerance,
): ReturnType<typeof differenceWithin> {
  const [before, after] = [one, other].map((line) => (line.match(texts) ?? []).join());
  if (before !== after) return [one, other];
  return differenceWithin(one.replace(texts, '""'), other.replace(texts, '""'), tolerance);
}

function tokens(line: string): string[] {
  const found: string[] = [];
  let end = 0;
  const addText = (text: string) => {
    const words = text.trim().replace(/\s+/g, ' ');
    if (words !== '') found.push(words);
  };
  for (const match of line.matchAll(number)) {
    addText(line.slice(end, match.index));
    found.push(match[0]);
    end = match.index + match[0].length;
  }
  addText(line.slice(end));
  return found;
}
