import { comparator } from '../comparison/comparator.js';
import { parseJson, utf8 } from '../formats/json.js';
import { compareJson } from '../formats/json-differences.js';
import { looksLikeText } from '../formats/lines.js';

/** One JSON value. */
export const json = comparator({
  name: 'json',
  allows: 'space, the order of keys and how numbers are written',
  recognizes: (content, path) => /\.(?:geo)?json$/.test(path) && looksLikeText(content),
  read: (content) => parseJson(utf8(content)),
  compare: (expected, found, parameters, report) => compareJson(expected, found, parameters, report),
});
