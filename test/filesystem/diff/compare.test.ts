import { describe, expect, it } from 'vitest';
import { volatileMatcher } from '../../../src/filesystem/volatile.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { compare, contentOf, link, long, type Tree, told } from './trees.js';

describe('verdicts', () => {
  it.each<[string, Tree, Tree, string[]]>([
    ['nothing of the same tree', { '/a': 'text' }, { '/a': 'text' }, []],
    ['content', { '/a': 'one' }, { '/a': 'two' }, ['content /a']],
    ['mode and owner together', { '/a': { mode: 0o644 } }, { '/a': { mode: 0o4755, gid: 5 } }, ['mode+owner /a']],
    ['where a link leads', { '/a': link('b') }, { '/a': link('c') }, ['link /a']],
    ['no mode of a link', { '/a': link('b') }, { '/a': { ...link('b'), mode: 0o755 } }, []],
    ['type, and not what comes of it', { '/a': 'x' }, { '/a': link('b') }, ['type /a']],
    ['a folder that became a file', { '/a': undefined, '/a/b': 'x' }, { '/a': 'x' }, ['type /a', 'removed /a/b']],
    ['added', {}, { '/a': 'x' }, ['added /a']],
    ['removed', { '/a': '' }, {}, ['removed /a']],
    ['attributes', { '/a': { attributes: '' } }, { '/a': { attributes: 'user.x=01' } }, ['attributes /a']],
    ['no attributes where nobody looked', { '/a': {} }, { '/a': { attributes: 'user.x=01' } }, []],
    ['no time unless asked', { '/a': { mtime: 1 } }, { '/a': { mtime: 2 } }, []],
    ['no owner of an other package text', { '/a': { package: 'p 1' } }, { '/a': { package: 'p 2' } }, []],
  ])('tells %s', (_what, one, other, expected) => {
    expect(told(compare(one, other))).toEqual(expected);
  });

  it('tells one second of a file, and none of a folder, when times are asked for', () => {
    const one = { '/a': { mtime: 1 }, '/d': { type: 'directory', mtime: 1 } } as const;
    const other = { '/a': { mtime: 2 }, '/d': { type: 'directory', mtime: 2 } } as const;
    expect(told(compare(one, other, { times: true }))).toEqual(['time /a']);
  });

  it('tells a path of any bytes', () => {
    const odd = `/a\n${'\u00ff'.repeat(100)}`;
    expect(told(compare({}, { [odd]: 'x' }))).toEqual([`added ${pathFromText(odd)}`]);
  });
});

describe('names of one file', () => {
  const both = { '/a': 'x', '/b': { ...contentOf('x'), sameAs: pathFromText('/a') } };

  it('tells names that are of two files now', () => {
    const { changes } = compare(both, { '/a': 'x', '/b': 'x' });
    expect(told({ changes })).toEqual(['identity /b']);
    expect(changes[0]?.sharedWith).toBe('/a');
  });

  it('tells names that are of one file now', () => {
    expect(told(compare({ '/a': 'x', '/b': 'x' }, both))).toEqual(['identity /b']);
  });

  it('does not mind which name was met first', () => {
    const other = { '/a': { ...contentOf('x'), sameAs: pathFromText('/b') }, '/b': 'x' };
    expect(told(compare(both, other))).toEqual([]);
  });

  it('tells a further name as what was added', () => {
    const other = { ...both, '/c': { ...contentOf('x'), sameAs: pathFromText('/a') } };
    const { changes } = compare(both, other);
    expect(told({ changes })).toEqual(['added /c']);
    expect(changes[0]?.sharedWith).toBe('/a');
  });
});

describe('knowledge', () => {
  const list = (size: number): Tree => ({
    '/a': { type: undefined, mode: undefined, uid: undefined, gid: undefined, mtime: undefined, hash: undefined, size },
  });

  it('does not say that content is the same where no hash is known', () => {
    const { changes, same, unproved, one } = compare(list(3), list(3));
    expect({ changes, same, unproved }).toEqual({ changes: [], same: 1, unproved: 1 });
    expect(one).toEqual({ entries: 1, files: 1, types: 0, modes: 0, sizes: 1, hashes: 0 });
  });

  it('counts what is not proved among what is the same only', () => {
    const unknown = { type: undefined, mtime: undefined, uid: undefined, gid: undefined, hash: undefined, size: 3 };
    const [before, after] = [0o600, 0o755].map((mode) => ({
      '/a': { ...unknown, mode },
      '/b': { ...unknown, mode: 0 },
    }));
    expect(compare(before ?? {}, after ?? {})).toMatchObject({ same: 1, unproved: 1 });
    const linked = (to: string, path: string) => ({
      ...{ '/a': unknown, '/b': unknown, '/c': unknown },
      [path]: { ...unknown, sameAs: pathFromText(to) },
    });
    const { changes, same, unproved } = compare(linked('/a', '/b'), linked('/b', '/c'));
    expect(told({ changes }).every((line) => line.startsWith('identity'))).toBe(true);
    expect([changes.length + same, unproved]).toEqual([3, same]);
  });

  it('sees by a size that content differs', () => {
    expect(told(compare(list(3), list(4)))).toEqual(['content /a']);
    expect(told(compare(list(3), { '/a': 'four' }))).toEqual(['content /a']);
  });

  it('takes two empty files for the same', () => {
    expect(compare(list(0), { '/a': '' })).toMatchObject({ changes: [], same: 1, unproved: 0 });
  });

  it('does not compare the sizes that a list gives of folders', () => {
    const folder = (size: number) => ({ ...list(size), '/a/b': 'x' });
    expect(told(compare(folder(3), folder(4)))).toEqual([]);
  });
});

describe('volatile rules', () => {
  const volatile = volatileMatcher([
    { name: 'logs', paths: ['/var/log/**'], compare: 'anything', reason: '' },
    { name: 'cache', paths: ['/cache'], compare: 'presence', reason: '' },
  ]);

  it('sets aside what a rule names, and says which', () => {
    const { changes, volatile: aside } = compare({ '/var/log/a': 'x' }, { '/var/log/b': 'x' }, { volatile });
    expect(changes).toEqual([]);
    expect(aside.map(({ rule }) => rule)).toEqual(['logs']);
  });

  it('still compares what the rule does', () => {
    expect(told(compare({ '/cache': 'x' }, { '/cache': 'y' }, { volatile }))).toEqual([]);
    expect(told(compare({ '/cache': 'x' }, {}, { volatile }))).toEqual(['removed /cache']);
    expect(told(compare({ '/cache': 'x' }, { '/cache': { ...contentOf('y'), uid: 1 } }, { volatile }))).toEqual([
      'content+owner /cache',
    ]);
  });
});

describe('normalize', () => {
  const options = { normalize: true };

  it('takes versions of a language out of paths', () => {
    const one = { '/usr/lib/python3.9': undefined, '/usr/lib/python3.9/a.py': 'x', '/usr/lib/python3.9/b.py': 'y' };
    const other = {
      '/usr/lib/python3.11': undefined,
      '/usr/lib/python3.11/a.py': 'x',
      '/usr/lib/python3.11/b.py': 'z',
    };
    const { changes, normalized } = compare(one, other, options);
    expect(told({ changes })).toEqual(['content /usr/lib/python3.9/b.py > /usr/lib/python3.11/b.py']);
    expect(normalized).toEqual([
      { path: '/usr/lib/python3.11', from: '/usr/lib/python3.9', rule: 'python-version', entries: 2 },
    ]);
  });

  it('takes compiled Python for nothing where its source is', () => {
    const one = { '/a.py': 'x', '/__pycache__': undefined, '/__pycache__/a.cpython-39.pyc': 'c' };
    const { changes, normalized } = compare(one, { '/a.py': 'x' }, options);
    expect(changes).toEqual([]);
    expect(normalized).toEqual([{ path: '/__pycache__', rule: 'bytecode', entries: 2 }]);
    expect(told(compare({}, { '/__pycache__/a.cpython-39.pyc': 'c' }, options))).toEqual([
      'added /__pycache__/a.cpython-39.pyc',
    ]);
  });

  it('does neither unless asked', () => {
    const one = { '/usr/lib/python3.9/a.py': long('x') };
    expect(told(compare(one, { '/usr/lib/python3.11/a.py': long('x') }))).toEqual([
      'moved /usr/lib/python3.9 > /usr/lib/python3.11',
    ]);
  });
});
