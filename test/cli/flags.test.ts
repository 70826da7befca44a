import { expect, it } from 'vitest';
import { readPatience } from '../../src/cli/flags.js';

it.each([
  ['all', 'all'],
  ['none', 'none'],
  ['0', 0],
  ['90', 90],
  ['2.5', 2.5],
])('reads %s as a time to wait', (text, expected) => {
  expect(readPatience(text)).toBe(expected);
});

it.each(['', 'some', '-1', '1m', 'Infinity', '1e3'])('refuses to wait for %j', (text) => {
  expect(() => readPatience(text)).toThrow(`'${text}' is no time to wait`);
});
