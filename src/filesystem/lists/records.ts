import { type ListFormat, malformed } from './format.js';

/** One record of a text, and where it stands, counted from 1. */
export interface Numbered {
  readonly text: string;
  readonly number: number;
}

/** The longest path of Linux, four bytes for each of it as some tools escape them, and what may stand beside. */
const longest = 4 * 4096 * 2 + 4096;

/**
 * The records of a text as their Latin-1 view, ended by newlines or by NULs, many at once. One that is longer than any
 * could be is refused: what has no line ends is no text.
 */
export async function* recordsOf(
  content: AsyncIterable<Buffer>,
  end: '\n' | '\0',
  format: ListFormat,
  where: string,
): AsyncGenerator<readonly Numbered[], void> {
  let rest = '';
  let number = 0;
  for await (const chunk of content) {
    const parts = (rest + chunk.toString('latin1')).split(end);
    rest = parts.pop() ?? '';
    const tooLong = [...parts, rest].findIndex((text) => text.length > longest);
    if (tooLong >= 0) throw malformed(format, where, `its line ${number + tooLong + 1} is longer than any path`);
    yield parts.map((text) => ({ text, number: ++number }));
  }
  if (rest !== '') yield [{ text: rest, number: number + 1 }];
}
