import { describe, expect, it } from 'vitest';
import { exportedJson } from '../../../src/filesystem/trie/export.js';
import { lookAt, type Sought, searchPlaces } from '../../../src/filesystem/trie/look.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { FilePath } from '../../../src/model/file-path.js';

const at = (path: string) => path as FilePath;
const hash = 'ab'.repeat(32);

function kitchen(): FilesystemTrie {
  const trie = new FilesystemTrie();
  trie.insertAll(
    [
      { path: at('/etc/tomato'), type: 'file', size: 3, mode: 0o644, hash },
      { path: at('/lib/x.so.6'), type: 'file', size: 10, package: 'debian libx:amd64 1.0' },
    ],
    'a',
  );
  trie.insertAll([{ path: at('/etc/tomato'), type: 'file', size: 5, mode: 0o600, hash }], 'b');
  trie.insertAll([{ path: at('/etc/\xff') }, { path: at('/lib') }], 'c');
  return trie;
}

describe('looking at a place', () => {
  it('tells every version with who has it, and none of what is only on the way', () => {
    const trie = kitchen();
    expect(lookAt(trie, trie.nodeAt('/etc/tomato') ?? -1)).toEqual({
      ...{ path: '/etc/tomato', name: 'tomato', tags: ['a', 'b'], count: 2 },
      versions: [
        { tags: ['a'], type: 'file', size: 3, mode: 0o644, hash },
        { tags: ['b'], type: 'file', size: 5, mode: 0o600, hash },
      ],
    });
    expect(lookAt(trie, trie.nodeAt('/etc') ?? -1).versions).toEqual([]);
  });

  it.each([
    ['a pattern', { pattern: /o$/g }, ['/etc/tomato']],
    ['what a name that is no text is shown as', { pattern: /\\xff$/ }, ['/etc/\xff']],
    ['a glob of the name', { glob: '*.so.*' }, ['/lib/x.so.6']],
    ['a glob of the path', { glob: '/e*/**' }, ['/etc/tomato', '/etc/\xff']],
    ['how a content begins', { hash: 'ABAB' }, ['/etc/tomato']],
    ['part of a package', { package: 'libx' }, ['/lib/x.so.6']],
    ['what one environment has', { pattern: /./, tag: 'c' }, ['/', '/etc', '/etc/\xff', '/lib']],
    ['a content that only others have', { hash: 'abab', tag: 'c' }, []],
    ['an environment that is none', { pattern: /./, tag: 'd' }, []],
  ] as readonly (readonly [string, Sought, readonly string[]])[])('finds by %s', (_, sought, expected) => {
    const trie = kitchen();
    expect(Array.from(searchPlaces(trie, sought), (node) => trie.pathOf(node))).toEqual(expected);
  });
});

describe('the nested export', () => {
  it('has name, key, tags, attrs, size and children of every place, and sums sizes', () => {
    const exported = kitchen().export();
    expect(exported).toMatchObject({ name: '/', key: '/', tags: ['a', 'b', 'c'], attrs: {}, size: 15 });
    const [etc, lib] = exported.children;
    expect(etc?.children.map(({ name }) => name)).toEqual(['tomato', '\\xff']);
    expect(etc?.children[0]).toEqual({
      ...{ name: 'tomato', key: '/etc/tomato', tags: ['a', 'b'], size: 5, children: [] },
      attrs: { count: 2, versions: 2, type: 'file', hash },
    });
    expect(lib).toMatchObject({ key: '/lib', attrs: { count: 1 }, size: 10 });
  });

  it('is the same piece by piece', () => {
    for (const trie of [kitchen(), new FilesystemTrie()]) {
      expect(JSON.parse([...exportedJson(trie)].join(''))).toEqual(trie.export());
    }
  });

  it('leaves out what was removed', () => {
    const trie = kitchen();
    trie.remove('/etc');
    expect(trie.export().children.map(({ name }) => name)).toEqual(['lib']);
  });
});
