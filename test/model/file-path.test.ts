import { describe, expect, it } from 'vitest';
import {
  type FilePath,
  isWithin,
  normalizePath,
  outermost,
  parsePath,
  pathFromBytes,
  pathFromText,
  showPath,
} from '../../src/model/file-path.js';
import { randomNumbers } from '../support/random.js';

const pieces = ['/', 'a', '\\', '\\x', '\\x41', 'é', '€', '😀', '\uFFFD', '\uFEFF', '\n', ' ', '"', "'"].map((text) =>
  Buffer.from(text),
);

describe('showPath and parsePath', () => {
  it('are each other’s reverse on any bytes', () => {
    const next = randomNumbers(7);
    for (let round = 0; round < 20_000; round++) {
      const parts = Array.from({ length: next(12) }, () =>
        next(2) === 0 ? (pieces[next(pieces.length)] as Buffer) : Buffer.from([next(255) + 1]),
      );
      const path = pathFromBytes(Buffer.concat([Buffer.from('/'), ...parts]));
      expect(parsePath(showPath(path))).toBe(path);
    }
  });

  it.each([
    ['/plain', '/plain'],
    ['/caf\xc3\xa9', '/café'],
    ['/r\xe9sum\xe9', '/r\\xe9sum\\xe9'],
    ['/back\\slash', '/back\\\\slash'],
    ['/\xc3\xa9\xff', '/é\\xff'],
    ['/\xef\xbf\xbd', '/\uFFFD'],
    ['/cut \xf0\x9f\x98', '/cut \\xf0\\x9f\\x98'],
    ['/overlong \xc0\xaf', '/overlong \\xc0\\xaf'],
    ['/surrogate \xed\xa0\x80', '/surrogate \\xed\\xa0\\x80'],
    ['/two\nlines', '/two\\x0alines'],
    ['/\x1b[31mred\x7f', '/\\x1b[31mred\\x7f'],
    ['/caf\xc3\xa9 \xc2\x9b1m', '/café \\xc2\\x9b1m'],
  ])('show %j as %j', (bytes, text) => {
    expect(showPath(bytes as FilePath)).toBe(text);
  });
});

describe('normalizePath', () => {
  it.each([
    ['/', '/'],
    ['/a/./b//c/', '/a/b/c'],
    ['/a/../../b', '/b'],
    ['/a/..', '/'],
    ['/a.b/..c', '/a.b/..c'],
  ])('%s is %s', (path, expected) => {
    expect(normalizePath(path as FilePath)).toBe(expected);
  });
});

describe('isWithin', () => {
  it.each([
    ['/a/b', '/a', true],
    ['/a', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/', true],
  ])('%s in %s: %s', (path, folder, expected) => {
    expect(isWithin(path as FilePath, folder as FilePath)).toBe(expected);
  });
});

describe('outermost', () => {
  it('keeps folders that lie in no other, told by whole names', () => {
    const folders = ['/a/b/c', '/a-b', '/a', '/a/b', '/b/c', '/a', '/b/cd'].map(pathFromText);
    expect(outermost(folders)).toEqual(['/a', '/a-b', '/b/c', '/b/cd']);
    expect(outermost(['/', '/usr'].map(pathFromText))).toEqual(['/']);
  });

  it('takes time that grows with the folders, not with their pairs', () => {
    const folders = Array.from({ length: 200_000 }, (_, at) => pathFromText(`/srv/${at % 1000}/${at}`));
    const begun = performance.now();
    expect(outermost(folders)).toHaveLength(200_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
