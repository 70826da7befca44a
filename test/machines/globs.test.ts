import { expect, it } from 'vitest';
import { matchGlobs, parseGlobs } from '../../src/machines/globs.js';
import type { FilePath } from '../../src/model/file-path.js';

const folders: Readonly<Record<string, readonly string[]>> = {
  '/': ['a', 'lib', 'lib64'],
  '/a': ['b', 'c'],
  '/a/b': ['c', 'x1', 'x12', '12'],
  '/a/b/c': ['.d', 'e'],
  '/lib': ['python3', 'python3.11', 'pypy3', 'python'],
  '/lib/python3.11': ['x-1.info', 'y.egg', '.info'],
};

function matches(...globs: string[]): { readonly paths: readonly string[]; readonly listed: readonly string[] } {
  const listed: string[] = [];
  const list = (folder: FilePath) => {
    listed.push(folder);
    return folders[folder] as readonly FilePath[] | undefined;
  };
  return { paths: matchGlobs(parseGlobs(globs), list), listed };
}

it.each<[string, string[]]>([
  ['/no/such/file', ['/no/such/file']],
  ['/a//b/', ['/a/b']],
  ['/a/b/x*', ['/a/b/x1', '/a/b/x12']],
  ['/a/b/x*2', ['/a/b/x12']],
  ['/a/b/?2', ['/a/b/12']],
  ['/a/b/x[0-9]', ['/a/b/x1']],
  ['/a/b/c/*', ['/a/b/c/.d', '/a/b/c/e']],
  ['/lib/python3*3', []],
  [
    '/lib{,64}/{python,pypy}3*/*.{info,egg}',
    ['/lib/python3.11/.info', '/lib/python3.11/x-1.info', '/lib/python3.11/y.egg'],
  ],
  ['/a/b{,/*}/e', ['/a/b/12/e', '/a/b/c/e', '/a/b/e', '/a/b/x1/e', '/a/b/x12/e']],
  ['/{a/{b,c},lib}/*1', ['/a/b/x1', '/lib/python3.11']],
  [
    '/a/**/e',
    ['/a/b/12/e', '/a/b/c/.d/e', '/a/b/c/e', '/a/b/c/e/e', '/a/b/e', '/a/b/x1/e', '/a/b/x12/e', '/a/c/e', '/a/e'],
  ],
  ['/a/{b', ['/a/{b']],
])('finds what matches %s, in byte order', (glob, paths) => {
  expect(matches(glob).paths).toEqual(paths);
});

it('gives a path once that several globs match, and lists nothing for those that name one', () => {
  expect(matches('/a/b', '/a/{b,c}', '/a/b')).toEqual({ paths: ['/a/b', '/a/c'], listed: [] });
});

it('lists a folder no oftener for the names that are asked for in it', () => {
  expect(matches('/lib/python3.11/*.info/{A,B,C}')).toEqual({
    paths: ['.info', 'x-1.info'].flatMap((name) => ['A', 'B', 'C'].map((file) => `/lib/python3.11/${name}/${file}`)),
    listed: ['/lib/python3.11'],
  });
});

it('tries no names that are not there, where there are more to try than a listing costs, but in folders that cannot be listed', () => {
  expect(matches('/a/*/{12,A,B,C}')).toEqual({
    paths: ['/a/b/12', ...['12', 'A', 'B', 'C'].map((name) => `/a/c/${name}`)],
    listed: ['/a', '/a/b', '/a/c'],
  });
});
