import { expect, it } from 'vitest';
import { readDate, readDuration, readPatience } from '../../src/cli/flags.js';

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

it.each([
  ['2025-05-20', Date.UTC(2025, 4, 20)],
  ['2025-05-20T12:30Z', Date.UTC(2025, 4, 20, 12, 30)],
  ['2025-05-20T12:30:05+02:00', Date.UTC(2025, 4, 20, 10, 30, 5)],
])('reads the date %s', (text, expected) => {
  expect(readDate(text)).toBe(expected / 1000);
});

it.each(['yesterday', '20.05.2025', '2025-05', '2025-13-01', '2025-05-20T12:30'])('refuses the date %s', (text) => {
  expect(() => readDate(text)).toThrow(`'${text}' is not a date`);
});

it('refuses a date that is yet to come', () => {
  expect(() => readDate('9999-01-01')).toThrow('is yet to come');
});
