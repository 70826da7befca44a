import { shorten, shownBytes } from '../comparison/differences.js';

/** The lines of a text, whatever their ends are, one by one: all of them at once take many times the text. */
export function* linesOf(content: Buffer): Generator<string, void> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0x0a, at);
    const next = end < 0 ? content.length : end;
    // A lone carriage return ended the lines of old.
    yield* content.toString('latin1', at, content[next - 1] === 0x0d && next > at ? next - 1 : next).split('\r');
    at = next + 1;
  }
}

/** The lines with what says something: without trailing space, and without the empty lines at the end. */
export function* textLines(content: Buffer): Generator<string, void> {
  let empty = 0;
  for (const line of linesOf(content)) {
    const text = withoutSpaceAtEnd(line);
    if (text === '') {
      empty++;
      continue;
    }
    for (; empty > 0; empty--) yield '';
    yield text;
  }
}

/** A regular expression would go over long runs of space again and again. */
function withoutSpaceAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end--;
  return line.slice(0, end);
}

/** Whether it may be text: binary formats have zero bytes near their start. */
export function looksLikeText(content: Buffer): boolean {
  return !content.subarray(0, 8192).includes(0);
}

/** Whether two texts differ in the order of their lines only. */
export function haveSameLines(one: Buffer, other: Buffer): boolean {
  if (one.length !== other.length) return false;
  const sorted = (content: Buffer) => content.toString('latin1').split('\n').sort().join('\n');
  return sorted(one) === sorted(other);
}

/** The first line that says something, for people. */
export function firstLine(content: Buffer): string {
  return shorten(shownBytes(content.toString('latin1').trimStart().split('\n', 1)[0]));
}
