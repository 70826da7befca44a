import { comparator } from '../comparison/comparator.js';
import { shownBytes } from '../comparison/differences.js';
import { differenceWithin } from '../comparison/number-text.js';
import { sideBySide } from '../comparison/side-by-side.js';
import { looksLikeText, textLines } from '../formats/lines.js';

/** Text whose numbers are compared as numbers. */
export const numbers = comparator({
  name: 'numbers',
  allows: 'how numbers are written, and space around them',
  recognizes: looksLikeText,
  read: (content) => textLines(content),
  compare(expected, found, tolerance, report) {
    let line = 0;
    for (const [one, other] of sideBySide(expected, found)) {
      line++;
      if (one === other) continue;
      const isPair = one !== undefined && other !== undefined;
      const differing = isPair ? differenceWithin(one, other, tolerance) : ([one, other] as const);
      if (differing === undefined) continue;
      const at = `line ${line}`;
      report.add(() => ({ at, expected: shownBytes(differing[0]), found: shownBytes(differing[1]) }));
    }
  },
});
