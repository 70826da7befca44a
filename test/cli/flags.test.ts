import { expect, it } from 'vitest';
import { readDuration, readPatience } from '../../src/cli/flags.js';

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

it.each([
  ['90s', 90],
  ['12h', 43_200],
  ['1.5d', 129_600],
  ['8w', 4_838_400],
])('reads %s as an age', (text, expected) => {
  expect(readDuration(text)).toBe(expected);
});

it.each(['', '30', 'd', '-1d', '3 d', '1y'])('refuses %j as an age', (text) => {
  expect(() => readDuration(text)).toThrow(`'${text}' is not an age`);
});
