import { describe, expect, it } from 'vitest';
import { type Analyzer, containerDiff } from '../../src/comparison/container-diff/index.js';
import { alignTabs, showSize } from '../../src/comparison/container-diff/tabs.js';
import type { SourceFacts } from '../../src/sources/facts.js';
import { entriesOf, link, type Tree, trieOf } from '../filesystem/diff/trees.js';

function run(before: Tree, after: Tree, wanted: Analyzer, facts: [SourceFacts, SourceFacts] = [{}, {}]) {
  const trie = trieOf(entriesOf(before), entriesOf(after));
  return containerDiff({ trie, one: 'one', other: 'other', facts }, [wanted]);
}

const before: Tree = {
  '/home': undefined,
  '/home/test': '',
  '/bin': undefined,
  '/bin/a': 'aa',
  '/bin/b': 'b',
  '/l': link('a'),
};
const after: Tree = {
  '/home': undefined,
  '/bin': undefined,
  '/bin/a': 'bb',
  '/bin/b': { mode: 0o755, size: 1, hash: entriesOf({ '/': 'b' })[0]?.hash ?? '' },
  '/l': link('b'),
  '/n': undefined,
  '/n/x': 'xyz',
};

describe('files', () => {
  it('are what container-diff has in its JSON', () => {
    expect(run(before, after, 'file').json).toEqual([
      {
        Image1: 'one',
        Image2: 'other',
        DiffType: 'File',
        Diff: {
          Adds: [
            { Name: '/n', Size: 3 },
            { Name: '/n/x', Size: 3 },
          ],
          Dels: [{ Name: '/home/test', Size: 0 }],
          Mods: [
            { Name: '/bin/a', Size1: 2, Size2: 2 },
            { Name: '/l', Size1: 0, Size2: 0 },
          ],
        },
      },
    ]);
  });

  it('are null where there are none', () => {
    expect(run(before, before, 'file').json[0]?.Diff).toEqual({ Adds: null, Dels: null, Mods: null });
  });

  it('tells a moved file as added and deleted, as it does', () => {
    const content = 'x'.repeat(100);
    expect(run({ '/a': content }, { '/b': content }, 'file').json[0]?.Diff).toMatchObject({
      Adds: [{ Name: '/b', Size: 100 }],
      Dels: [{ Name: '/a', Size: 100 }],
    });
  });

  it('are its text, byte for byte', () => {
    expect(run(before, after, 'file').text).toBe(`
-----File-----

These entries have been added to one:
FILE        SIZE
/n          3B
/n/x        3B

These entries have been deleted from one:
FILE              SIZE
/home/test        0

These entries have been changed between one and other:
FILE          SIZE1        SIZE2
/bin/a        2B           2B
/l            0            0

`);
  });

  it('has the text of two equal images', () => {
    expect(run({}, {}, 'file').text).toBe(`
-----File-----

These entries have been added to one: None

These entries have been deleted from one: None

These entries have been changed between one and other: None
`);
  });
});

describe('packages', () => {
  const debian = (name: string, version: string, size?: number) => ({
    distribution: 'debian',
    name,
    version,
    ...(size !== undefined && { size }),
  });

  it('are what container-diff has of apt: the first plus is a space', () => {
    const facts: [SourceFacts, SourceFacts] = [
      { packages: [debian('dh-python', '2.20170125', 411_648), debian('adduser', '3.113+nmu3+x', 849_920)] },
      { packages: [debian('adduser', '3.118', 849_920)] },
    ];
    expect(run({}, {}, 'apt', facts).json[0]?.Diff).toEqual({
      Packages1: [{ Name: 'dh-python', Version: '2.20170125', Size: 411_648 }],
      Packages2: [],
      InfoDiff: [
        {
          Package: 'adduser',
          Info1: { Version: '3.113 nmu3+x', Size: 849_920 },
          Info2: { Version: '3.118', Size: 849_920 },
        },
      ],
    });
  });

  it('have lists of versions where a name may be there twice, and its text', () => {
    const yq = (version: string, size: number) => ({
      distribution: 'python',
      name: 'yq',
      version,
      size,
      at: '/usr/lib',
    });
    const result = run({}, {}, 'pip', [{ packages: [yq('2.10.1', 39_936)] }, { packages: [yq('2.11.0', 40_448)] }]);
    expect(result.json[0]?.Diff).toMatchObject({
      InfoDiff: [
        { Package: 'yq', Info1: [{ Version: '2.10.1', Size: 39_936 }], Info2: [{ Version: '2.11.0', Size: 40_448 }] },
      ],
    });
    expect(result.text).toBe(`
-----Pip-----

Packages found only in one: None

Packages found only in other: None

Version differences:
PACKAGE        IMAGE1 (one)        IMAGE2 (other)
-yq            2.10.1, 39K         2.11.0, 39.5K

`);
  });
});

describe('history and size', () => {
  it('is the lines of each image that the other has not', () => {
    const history = (...lines: string[]): SourceFacts => ({
      image: { layers: [], history: lines.map((createdBy) => ({ createdBy })) },
    });
    const { json, text } = run({}, {}, 'history', [history('a', 'b'), history('a', ' c ')]);
    expect(json[0]?.Diff).toEqual({ Adds: ['c'], Dels: ['b'] });
    expect(text).toBe(`
-----History-----

Docker history lines found only in one:
-c


Docker history lines found only in other:
-b

`);
  });

  it('is the size of all files', () => {
    expect(run({ '/a': 'xx' }, { '/a': 'xxx' }, 'size').text).toBe(`
-----Size-----

Image size difference between one and other:
SIZE1        SIZE2
2B           3B

`);
  });
});

describe('its text', () => {
  it.each([
    [-1, 'unknown'],
    [0, '0'],
    [1023, '1023B'],
    [1024, '1K'],
    [39_936, '39K'],
    [40_448, '39.5K'],
    [535_927_193, '511.1M'],
    [1024 ** 4 * 2000, '2000T'],
  ])('shows %i as %s', (size, expected) => {
    expect(showSize(size)).toBe(expected);
  });

  it('aligns each run of lines by itself', () => {
    expect(alignTabs('a\tb\nlonger one\tc\n\nx\ty')).toBe('a                 b\nlonger one        c\n\nx        y');
  });
});
