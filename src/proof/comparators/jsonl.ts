import { comparator } from '../comparison/comparator.js';
import { Differences } from '../comparison/differences.js';
import { sideBySide } from '../comparison/side-by-side.js';
import { type JsonValue, parseJson, utf8 } from '../formats/json.js';
import { compareJson } from '../formats/json-differences.js';
import { linesOf, looksLikeText } from '../formats/lines.js';

/** A JSON value in each line. */
export const jsonl = comparator({
  name: 'jsonl',
  allows: 'space, the order of keys and how numbers are written',
  recognizes: (content, path) => /\.(?:jsonl|ndjson)$/.test(path) && looksLikeText(content),
  read: (content) => valuesOf(content),
  compare(expected, found, parameters, report) {
    for (const [one, other] of sideBySide(expected, found)) {
      const line = `line ${one?.line ?? other?.line}`;
      if (one === undefined || other === undefined) {
        const tell = (each: typeof one) => (each === undefined ? 'nothing' : 'a value');
        report.add(() => ({ at: line, expected: tell(one), found: tell(other) }));
        continue;
      }
      const within = new Differences();
      compareJson(one.value, other.value, parameters, within);
      report.addWithin(line, within);
    }
  },
});

function* valuesOf(content: Buffer): Generator<{ readonly line: number; readonly value: JsonValue }, void> {
  let line = 0;
  for (const bytes of linesOf(content)) {
    line++;
    if (bytes.trim() === '') continue;
    yield { line, value: parseJson(utf8(Buffer.from(bytes, 'latin1'))) };
  }
}
