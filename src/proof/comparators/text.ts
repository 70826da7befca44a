import { comparator } from '../comparison/comparator.js';
import { shownBytes } from '../comparison/differences.js';
import { sideBySide } from '../comparison/side-by-side.js';
import { looksLikeText, textLines } from '../formats/lines.js';

/** Line by line. */
export const text = comparator({
  name: 'text',
  allows: 'line ends, trailing space and empty lines at the end',
  recognizes: looksLikeText,
  read: (content, { ignore = [] }) => counting(content, ignore),
  compare(expected, found, _parameters, report) {
    for (const [one, other] of sideBySide(expected, found)) {
      if (one?.text === other?.text) continue;
      const line = one?.line ?? other?.line;
      report.add(() => ({ at: `line ${line}`, expected: shownBytes(one?.text), found: shownBytes(other?.text) }));
    }
  },
});

/** The lines that count, with their numbers. */
function* counting(content: Buffer, ignored: readonly string[]) {
  const words = ignored.map((word) => Buffer.from(word).toString('latin1'));
  let line = 0;
  for (const text of textLines(content)) {
    line++;
    if (!words.some((word) => text.includes(word))) yield { line, text };
  }
}
