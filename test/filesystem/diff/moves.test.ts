import { describe, expect, it } from 'vitest';
import { compare, contentOf, long, type Tree, told } from './trees.js';

/** An environment of conda as it lies at a place. */
function conda(at: string, files = 40): Tree {
  const modules = Array.from({ length: files }, (_, number) => [`${at}/lib/m${number}.py`, long(`module ${number}`)]);
  return {
    [at]: undefined,
    [`${at}/lib`]: undefined,
    [`${at}/lib/empty.py`]: '',
    [`${at}/bin`]: undefined,
    [`${at}/bin/python`]: { ...contentOf(long('python')), mode: 0o755 },
    ...Object.fromEntries(modules),
  };
}

describe('moves', () => {
  it('tells a folder that was moved as one', () => {
    const one = { '/opt': undefined, '/usr': undefined, '/usr/local': undefined, ...conda('/opt/conda') };
    const other = { '/opt': undefined, '/usr': undefined, '/usr/local': undefined, ...conda('/usr/local/conda') };
    const { changes } = compare(one, other);
    expect(told({ changes })).toEqual(['moved /opt/conda > /usr/local/conda']);
    expect(changes[0]?.whole?.entries).toBe(45);
  });

  it('tells a folder that was moved out of one that is gone', () => {
    const { changes } = compare({ '/opt': undefined, ...conda('/opt/conda') }, conda('/conda'));
    expect(told({ changes })).toEqual(['moved /opt/conda > /conda', 'removed /opt']);
  });

  it('tells what else changed in it', () => {
    const other = { ...conda('/b'), '/b/bin/python': { ...contentOf(long('python')), mode: 0o4755 } };
    expect(told(compare(conda('/a'), other))).toEqual(['moved /a > /b', 'mode /a/bin/python > /b/bin/python']);
  });

  it('tells a folder of which most was moved, and what of it was not', () => {
    const other = { ...conda('/b'), '/b/bin/python': { ...contentOf('x'), mode: 0o755 }, '/b/lib/new': 'new' };
    const { changes } = compare({ ...conda('/a'), '/a/lib/old': 'old' }, other);
    expect(told({ changes })).toEqual([
      'removed /a/lib/old',
      'moved /a > /b',
      'content /a/bin/python > /b/bin/python',
      'added /b/lib/new',
    ]);
    expect(changes[1]?.share).toBeCloseTo(40 / 42);
  });

  it('tells no folder as moved of which little is the same', () => {
    const one = { '/a': undefined, '/a/1': long('1'), '/a/2': long('2'), '/a/3': long('3'), '/a/4': long('4') };
    const other = { '/b': undefined, '/b/1': long('1'), '/b/2': long('2'), '/b/3': 'x', '/b/4': 'y' };
    expect(told(compare(one, other)).filter((line) => line.endsWith('/b'))).toEqual(['added /b']);
  });

  it('tells a copy where the first is still there', () => {
    const one = conda('/a');
    expect(told(compare(one, { ...one, ...conda('/b') }))).toEqual(['copied /a > /b']);
    expect(told(compare({ '/a': long('x') }, { '/a': long('x'), '/b': long('x') }))).toEqual(['copied /a > /b']);
  });

  it('tells one of two equal files as moved and the other as a copy', () => {
    expect(told(compare({ '/a': long('x') }, { '/b': long('x'), '/c': long('x') }))).toEqual([
      'moved /a > /b',
      'copied /a > /c',
    ]);
  });

  it('takes the file of the same name before a nearer one', () => {
    const one = { '/x/near': long('x'), '/y/name': long('x'), '/y/kept': 'k' };
    expect(told(compare(one, { '/x/name': long('x'), '/y/kept': 'k' }))).toEqual([
      'moved /y/name > /x/name',
      'removed /x/near',
    ]);
  });

  it.each<[string, Tree, Tree]>([
    ['empty files', { '/a': '' }, { '/b': '' }],
    ['short content that several have', { '/a': 'x', '/c': 'x' }, { '/b': 'x', '/c': 'x' }],
    [
      'the same name and size without a hash',
      { '/a/name': { size: 100, hash: undefined } },
      { '/b/name': { size: 100, hash: undefined } },
    ],
    ['folders of empty files', { '/a': undefined, '/a/f': '' }, { '/b': undefined, '/b/f': '' }],
  ])('takes %s for no move', (_what, one, other) => {
    const verdicts = compare(one, other).changes.flatMap((change) => change.verdicts);
    expect(new Set(verdicts)).toEqual(new Set(['added', 'removed']));
  });

  it('tells short content as moved where nothing else has it', () => {
    expect(told(compare({ '/a': 'x' }, { '/b': 'x' }))).toEqual(['moved /a > /b']);
  });
});
