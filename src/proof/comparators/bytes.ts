import { comparator } from '../comparison/comparator.js';
import { shownBytes } from '../comparison/differences.js';

/** Byte for byte. */
export const bytes = comparator({
  name: 'bytes',
  allows: 'nothing',
  read: (content) => content,
  compare(expected, found, _parameters, report) {
    if (expected.equals(found)) return;
    const length = Math.min(expected.length, found.length);
    let at = 0;
    while (at < length && expected[at] === found[at]) at++;
    let line = 1;
    for (let next = expected.indexOf(0x0a); next >= 0 && next < at; next = expected.indexOf(0x0a, next + 1)) line++;
    const start = expected.lastIndexOf(0x0a, Math.max(0, at - 1)) + 1;
    const from = at === 0 ? 0 : Math.max(start, at - 40);
    report.add(() => ({
      at: `byte ${at + 1}, line ${line}`,
      expected: excerpt(expected, from),
      found: excerpt(found, from),
    }));
  },
});

function excerpt(content: Buffer, from: number): string {
  if (from >= content.length) return 'nothing';
  const end = content.indexOf(0x0a, from);
  return shownBytes(content.toString('latin1', from, Math.min(from + 100, end < 0 ? content.length : end)));
}
