import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type MerkleCover, merkleCovers, merkleOf } from '../../../src/filesystem/trie/merkle.js';
import { FilesystemTrie } from '../../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import type { FilePath } from '../../../src/model/file-path.js';

const at = (path: string) => path as FilePath;
const status = { mode: 0o644, uid: 0, gid: 0, mtime: 5, attributes: '' };
const file = (path: string, digit: string, more: Partial<PartialEntry> = {}): PartialEntry => ({
  ...{ path: at(path), type: 'file', hash: digit.repeat(64), ...status },
  ...more,
});
const folder = (path: string, more: Partial<PartialEntry> = {}): PartialEntry => ({
  ...{ path: at(path), type: 'directory', ...status },
  ...more,
});
const link = (path: string, target: string): PartialEntry => ({
  ...{ path: at(path), type: 'symlink', target: at(target), ...status },
});

function hashIn(entries: readonly PartialEntry[], path: string, cover?: MerkleCover): string | undefined {
  const trie = new FilesystemTrie();
  trie.insertAll(entries, 'x');
  return merkleOf(trie, 'x', cover).of(trie.nodeAt(path) ?? -1);
}

const tree = (root: string): PartialEntry[] => [
  ...[folder(root), folder(`${root}/d`), file(`${root}/d/f`, 'a'), link(`${root}/l`, 'd/f')],
  file(`${root}/\xe9`, 'b'),
];

describe('the hash of a directory', () => {
  it('is the same wherever the directory lies, in whatever order it came, and among other environments', () => {
    const expected = hashIn(tree('/opt/a'), '/opt/a');
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect(hashIn([...tree('/usr/b')].reverse(), '/usr/b')).toBe(expected);
    const trie = new FilesystemTrie();
    trie.insertAll([...tree('/opt/a'), file('/opt/a/more', 'c')], 'other');
    trie.insertAll(tree('/opt/a'), 'x');
    const node = trie.nodeAt('/opt/a') ?? -1;
    expect(merkleOf(trie, 'x').of(node)).toBe(expected);
    expect(merkleOf(trie, 'other').of(node)).not.toBe(expected);
    expect(merkleOf(trie, 'nobody').of(node)).toBeUndefined();
  });

  it('is what its definition says', () => {
    const text = (value: string) => {
      const bytes = Buffer.from(value);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const expected = createHash('sha256');
    for (const part of [text('f'), text('f'), Buffer.alloc(32, 0xaa), text('l'), text('g'), text('f')])
      expected.update(part);
    expect(hashIn([file('/f', 'a'), link('/g', 'f')], '/')).toBe(expected.digest('hex'));
    expect(hashIn([folder('/e')], '/e')).toBe(createHash('sha256').digest('hex'));
  });

  const changed: readonly (readonly [string, readonly PartialEntry[], MerkleCover])[] = [
    ['content', [file('/t/d/f', 'c')], 'content'],
    ['type', [{ ...folder('/t/d/f') }], 'content'],
    ['target', [link('/t/l', 'd')], 'content'],
    ['a further name', [file('/t/d/g', 'a')], 'content'],
    ['mode', [file('/t/d/f', 'a', { mode: 0o755 })], 'metadata'],
    ['owner', [file('/t/d/f', 'a', { uid: 1 })], 'metadata'],
    ['group of a folder', [folder('/t/d', { gid: 1 })], 'metadata'],
    ['attributes', [file('/t/d/f', 'a', { attributes: 'user.a=00\n' })], 'attributes'],
    ['time', [file('/t/d/f', 'a', { mtime: 6 })], 'times'],
  ];
  it.each(changed)('changes with %s, from what covers that on', (_, entries, from) => {
    for (const cover of merkleCovers) {
      const isSame = hashIn(tree('/t'), '/t', cover) === hashIn([...tree('/t'), ...entries], '/t', cover);
      expect([cover, isSame]).toEqual([cover, merkleCovers.indexOf(cover) < merkleCovers.indexOf(from)]);
    }
  });

  it.each([
    ['a file without a hash', { path: at('/t/d/x'), type: 'file', size: 5 }, 'content'],
    ['a path and nothing else', { path: at('/t/d/x') }, 'content'],
    ['a link to who knows where', { path: at('/t/d/x'), type: 'symlink' }, 'content'],
    ['a mode that nobody told', { path: at('/t/d/x'), type: 'file', hash: 'a'.repeat(64) }, 'metadata'],
    ['a folder only on the way', file('/t/d/on-the-way/x', 'a'), 'metadata'],
    ['attributes that nobody looked at', { ...file('/t/d/x', 'a'), attributes: undefined }, 'attributes'],
  ] as readonly (readonly [string, PartialEntry, MerkleCover])[])(
    'is not known where %s lies below',
    (_, entry, cover) => {
      const entries = [...tree('/t'), entry, file('/u/v', 'a')];
      expect(hashIn(entries, '/t', cover)).toBeUndefined();
      expect(hashIn(entries, '/', cover)).toBeUndefined();
      expect(hashIn(entries, '/u', cover)).toMatch(/^[0-9a-f]{64}$/);
    },
  );
});
