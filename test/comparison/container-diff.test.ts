import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { containerDiff } from '../../src/comparison/container-diff/diff.js';
import type { DiffAnalyzer } from '../../src/comparison/container-diff/kinds.js';
import { metadataLines } from '../../src/comparison/container-diff/metadata.js';
import { linesDiff } from '../../src/comparison/container-diff/sequences.js';
import { alignTabs, showSize } from '../../src/comparison/container-diff/tabs.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { SourceFacts } from '../../src/sources/facts.js';
import { contentOf, entriesOf, link, type Tree, trieOf } from '../filesystem/diff/trees.js';
import { randomNumbers } from '../support/random.js';

function run(before: Tree, after: Tree, wanted: DiffAnalyzer, facts: [SourceFacts, SourceFacts] = [{}, {}]) {
  const trie = trieOf(entriesOf(before), entriesOf(after));
  return containerDiff({ trie, one: 'one', other: 'other', facts }, [wanted]);
}

function runLayers(before: readonly Tree[], after: readonly Tree[], wanted: DiffAnalyzer) {
  const layersOf = (trees: readonly Tree[]) =>
    trees.map((tree) => ({ digest: '', entries: entriesOf(tree), hidden: [], emptied: [] }));
  const input = { trie: trieOf([], []), one: 'one', other: 'other', facts: [{}, {}] as const };
  return containerDiff({ ...input, layers: [layersOf(before), layersOf(after)] }, [wanted]);
}

const before: Tree = {
  '/home': undefined,
  '/home/test': '',
  '/bin': undefined,
  '/bin/a': 'aa',
  '/bin/b': 'b',
  '/l': link('bin/a'),
};
const after: Tree = {
  '/home': undefined,
  '/bin': undefined,
  '/bin/a': 'bb',
  '/bin/b': { mode: 0o755, size: 1, hash: entriesOf({ '/': 'b' })[0]?.hash ?? '' },
  '/l': link('gone'),
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
            { Name: '/l', Size1: 2, Size2: -1 },
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

These entries have been added to other:
FILE        SIZE
/n          3B
/n/x        3B

These entries have been deleted from other:
FILE              SIZE
/home/test        0

These entries have been changed between one and other:
FILE          SIZE1        SIZE2
/bin/a        2B           2B
/l            2B           unknown

`);
  });

  it('have the size of what links lead to, and count with the length of their text in directories', () => {
    const tree: Tree = {
      '/bin': undefined,
      '/bin/dash': 'dash'.repeat(10),
      '/bin/sh': link('dash'),
      '/usr': undefined,
      '/usr/bin': link('../bin'),
      '/usr/sh': link('/usr/bin/./sh'),
      '/usr/loop': link('loop'),
      '/usr/out': link('../../../bin/sh'),
    };
    expect(run({}, tree, 'file').json).toMatchObject([
      {
        Diff: {
          Adds: [
            { Name: '/bin', Size: 40 + 4 },
            { Name: '/bin/dash', Size: 40 },
            { Name: '/bin/sh', Size: 40 },
            { Name: '/usr', Size: 6 + 13 + 4 + 15 },
            { Name: '/usr/bin', Size: 6 },
            { Name: '/usr/loop', Size: -1 },
            { Name: '/usr/out', Size: 40 },
            { Name: '/usr/sh', Size: 40 },
          ],
        },
      },
    ]);
  });

  it('has the text of two equal images', () => {
    expect(run({}, {}, 'file').text).toBe(`
-----File-----

These entries have been added to other: None

These entries have been deleted from other: None

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

describe('layers', () => {
  const [base, changed]: [Tree[], Tree[]] = [
    [{ '/first': 'first\n' }, { '/second': 'second\n' }, { '/third': 'third\n' }],
    [{ '/first': 'first\n' }, { '/modified': 'modified\n' }],
  ];

  // As its own tests have it of images with these layers, of which the last size is 6 there, too.
  it('are compared by their place, and their sizes', () => {
    const { json, text } = runLayers(base, changed, 'layer');
    expect(json).toEqual([
      {
        Image1: 'one',
        Image2: 'other',
        DiffType: 'FileLayer',
        Diff: {
          DirDiffs: [
            { Adds: null, Dels: null, Mods: null },
            { Adds: [{ Name: '/modified', Size: 9 }], Dels: [{ Name: '/second', Size: 7 }], Mods: null },
          ],
        },
      },
    ]);
    expect(text).toBe(`
-----FileLayer-----



Diff for Layer 0:
These entries have been added to one: None

These entries have been deleted from one: None

These entries have been changed between one and other: None


Diff for Layer 1:
These entries have been added to one:
FILE             SIZE
/modified        9B

These entries have been deleted from one:
FILE           SIZE
/second        7B

These entries have been changed between one and other: None

`);
    const sizes = runLayers(base, changed, 'sizelayer');
    expect(sizes.json[0]?.Diff).toEqual([
      { Name: '1', Size1: 7, Size2: 9 },
      { Name: '2', Size1: 6, Size2: -1 },
    ]);
    expect(sizes.text).toBe(`
-----SizeLayer-----

Layer size differences between one and other:
LAYER        SIZE1        SIZE2
1            7B           9B
2            6B           unknown

`);
  });

  it('have no sizes to tell where they are the same', () => {
    expect(runLayers(base, base, 'sizelayer')).toMatchObject({
      json: [{ Diff: null }],
      text: expect.stringMatching(/between one and other: None\n$/),
    });
  });

  it('have what a further name of a file in the same layer has', () => {
    const linked: Tree = { '/a': 'same', '/b': { ...contentOf(''), sameAs: pathFromText('/a') } };
    expect(runLayers([{ '/a': 'same', '/b': 'same' }], [linked], 'layer').json[0]?.Diff).toEqual({
      DirDiffs: [{ Adds: null, Dels: null, Mods: null }],
    });
  });
});

describe('metadata', () => {
  const image = (configuration: Record<string, string | string[] | true>, labels = {}): SourceFacts => ({
    image: { layers: [], configuration, labels },
    environment: { PATH: '/bin', A: 'b' },
  });

  it('is the lines of each configuration that the other has not, in their order', () => {
    const before = image({ ExposedPorts: ['1234/tcp'], Tty: true }, { b: '2', a: '1' });
    const after = image({ ExposedPorts: ['1234/tcp', '80/udp'], User: 'me' }, { b: '2', a: '1' });
    const { json, text } = run({}, {}, 'metadata', [before, after]);
    expect(json[0]).toMatchObject({
      DiffType: 'Metadata',
      Diff: {
        Adds: ['User: me', 'ExposedPorts: 1234/tcp:{} 80/udp:{}', 'Tty: false'],
        Dels: ['User: ', 'ExposedPorts: 1234/tcp:{}', 'Tty: true'],
      },
    });
    expect(text).toBe(`
-----Metadata-----

Image metadata differences between one and other:

one
-User: me
-ExposedPorts: 1234/tcp:{} 80/udp:{}
-Tty: false


other
-User: 
-ExposedPorts: 1234/tcp:{}
-Tty: true

`);
  });

  it('has 21 lines', () => {
    expect(metadataLines({})).toHaveLength(21);
    expect(run({}, {}, 'metadata', [image({}, { a: '1' }), {}]).json).toMatchObject([
      { Diff: { Dels: ['Env: PATH=/bin,A=b', 'Labels: a:1'] } },
    ]);
  });
});

describe('history and size', () => {
  it('tells a line that has another place as deleted and added', () => {
    expect(linesDiff(['a', 'b', 'c', 'd'], ['b', 'c', 'a', 'd', 'd'])).toEqual({ Adds: ['a', 'd'], Dels: ['a'] });
    expect(linesDiff(['a', 'b'], ['a', 'b'])).toEqual({ Adds: [], Dels: [] });
  });

  it('finds the lines that Python’s difflib finds', () => {
    const below = randomNumbers(7);
    const list = () => Array.from({ length: below(12) }, () => 'abcde'[below(5)] ?? '');
    const pairs = Array.from({ length: 500 }, () => [list(), list()] as const);
    const program = `
import difflib, json, sys
def lines(a, b):
    codes = [c for c in difflib.SequenceMatcher(None, a, b).get_opcodes() if c[0] != "equal"]
    return {"Adds": [x for c in codes for x in b[c[3]:c[4]]], "Dels": [x for c in codes for x in a[c[1]:c[2]]]}
print(json.dumps([lines(a, b) for a, b in json.load(sys.stdin)]))`;
    const told = execFileSync('python3', ['-c', program], { input: JSON.stringify(pairs), encoding: 'utf8' });
    expect(pairs.map(([one, other]) => linesDiff(one, other))).toEqual(JSON.parse(told));
  });

  it('is the lines of each image that the other has not', () => {
    const history = (...lines: string[]): SourceFacts => ({
      image: { layers: [], history: lines.map((createdBy) => ({ createdBy })) },
    });
    const { json, text } = run({}, {}, 'history', [history('a', 'b'), history('a', ' c ')]);
    expect(json[0]?.Diff).toEqual({ Adds: ['c'], Dels: ['b'] });
    expect(text).toBe(`
-----History-----

Docker history lines found only in one:
-b


Docker history lines found only in other:
-c

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
