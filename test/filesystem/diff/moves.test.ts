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

describe('files that were moved and changed', () => {
  const folder = (at: string, ...names: string[]): Tree =>
    Object.fromEntries([[at, undefined], ...names.map((name) => [`${at}/${name}`, long(`${at === '' ? '' : name}`)])]);

  it('are told where another of a directory that is gone was moved to the same new one', () => {
    const one = { ...folder('/old', 'kept', 'lost'), '/old/changed': long('before, and more') };
    const other = { ...folder('/new', 'kept', 'more'), '/new/changed': long('after and more') };
    const { changes } = compare(one, other);
    expect(told({ changes })).toEqual([
      'added /new',
      'moved+content /old/changed > /new/changed',
      'moved /old/kept > /new/kept',
      'added /new/more',
      'removed /old',
      'removed /old/lost',
    ]);
    expect(changes[1]).toMatchObject({
      before: { size: long('before, and more').length },
      after: { hash: contentOf(long('after and more')).hash },
    });
  });

  it('are told below directories that went the same way', () => {
    const tree = (at: string, text: string): Tree => ({
      ...folder(at, 'a'),
      [`${at}/deep`]: undefined,
      [`${at}/deep/er`]: undefined,
      [`${at}/deep/er/x`]: long(`x ${text}`),
      [`${at}/deep/er/y`]: long(`y ${text}`),
      [`${at}/deep/er/z`]: long(`z ${text}`),
    });
    expect(told(compare(tree('/src', 'one'), tree('/lib', 'two'))).filter((line) => line.startsWith('moved'))).toEqual([
      'moved /src/a > /lib/a',
      'moved+content /src/deep/er/x > /lib/deep/er/x',
      'moved+content /src/deep/er/y > /lib/deep/er/y',
      'moved+content /src/deep/er/z > /lib/deep/er/z',
    ]);
  });

  it('tell what else is not the same, too', () => {
    const one = {
      ...folder('/old', 'kept'),
      '/old/run': { ...contentOf(long('before')), mode: 0o644 },
      '/old/gone': long('gone'),
    };
    const other = { ...folder('/new', 'kept'), '/new/run': { ...contentOf(long('after!')), mode: 0o755 } };
    expect(told(compare(one, other))).toContain('moved+content+mode /old/run > /new/run');
  });

  it('need two that went the same way where the directories were there before and are still', () => {
    const there = { '/a': undefined, '/a/stays': long('stays'), '/b': undefined, '/b/was': long('was') };
    const before = { ...there, '/a/x': long('x one'), '/a/1': long('1'), '/a/2': long('2') };
    const once = { ...there, '/b/x': long('x two'), '/b/1': long('1'), '/a/2': long('2') };
    expect(told(compare(before, once))).toEqual(['removed /a/x', 'moved /a/1 > /b/1', 'added /b/x']);
    const twice = { ...there, '/b/x': long('x two'), '/b/1': long('1'), '/b/2': long('2') };
    expect(told(compare(before, twice))).toContain('moved+content /a/x > /b/x');
  });

  it.each<[string, Tree, Tree]>([
    ['of quite another size', { '/old/x': long('x') }, { '/new/x': 'y'.repeat(500) }],
    ['of another name', { '/old/x': long('x one') }, { '/new/y': long('x two') }],
    [
      'of which the content is not known',
      { '/old/x': { size: 40, hash: undefined } },
      { '/new/x': { size: 40, hash: undefined } },
    ],
    [
      'that are no files',
      { '/old/x': { type: 'symlink', target: '/1', size: 0, hash: undefined } as never },
      { '/new/x': { type: 'symlink', target: '/2', size: 0, hash: undefined } as never },
    ],
    ['that are empty', { '/old/x': '' }, { '/new/x': long('x') }],
  ])('are none %s', (_what, x, y) => {
    const one = { ...folder('/old', 'kept'), '/old/lost': long('lost'), ...x };
    const other = { ...folder('/new', 'kept'), '/new/more': long('more'), ...y };
    expect(told(compare(one, other)).filter((line) => line.startsWith('moved'))).toEqual([
      'moved /old/kept > /new/kept',
    ]);
  });

  it('are each from one place alone', () => {
    const one = {
      ...folder('/old', 'kept'),
      '/old/x': long('x one'),
      '/other': undefined,
      '/other/y': long('y'),
      '/other/x': long('x 111'),
    };
    const other = { ...folder('/new', 'kept'), '/new/y': long('y'), '/new/x': long('x two') };
    const moved = told(compare(one, other)).filter((line) => line.endsWith('/x') && line.startsWith('moved'));
    expect(moved).toHaveLength(1);
  });
});
