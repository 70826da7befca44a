import { expect, it } from 'vitest';
import { parseMetadata } from '../../../src/distributions/python/metadata.js';

const needed = { name: 'Foo_Bar', version: '1.0', requires: ['numpy>=1; python_version < "3"', 'six'] };
const headers = [
  'Metadata-Version: 2.1',
  'Name: Foo_Bar',
  'Version: 1.0',
  'Requires-Dist: numpy>=1;',
  '  python_version < "3"',
];
const last = 'Requires-Dist:six';

it.each([
  ['lines that end in a line feed', '\n', ['', 'A text.', '', 'Requires-Dist: left-out']],
  ['lines that end in a carriage return, too', '\r\n', ['', 'A text.', '', 'Requires-Dist: left-out']],
  ['no description', '\n', ['']],
  ['no end of its last line', '\n', []],
])('reads the headers of a file with %s, and nothing after them', (_what, end, after) => {
  expect(parseMetadata(Buffer.from([...headers, last, ...after].join(end)))).toEqual(needed);
});

it('takes the first empty line for the end, whichever way that is written', () => {
  const mixed = `Name: a\nVersion: 1\n\r\nVersion: 2\nRequires-Dist: b\n\nRequires-Dist: c`;
  expect(parseMetadata(Buffer.from(mixed))).toEqual({ name: 'a', version: '1', requires: [] });
});

it.each([
  ['no name', 'Version: 1'],
  ['no version', 'Name: a'],
  ['a name that is none', 'Name: ../a\nVersion: 1'],
  ['nothing before its description', '\n\nName: a\nVersion: 1'],
])('knows no package of a file with %s', (_what, text) => {
  expect(parseMetadata(Buffer.from(text))).toBeUndefined();
});
