import { expect, it } from 'vitest';
import { foreignTar } from '../../src/filesystem/canonical-tar.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import { layerOf, type TestMember } from '../support/images.js';

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** What is left of a tar when it was checked: path, kind and target of each member. */
async function checked(tar: Buffer): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, type, target } of tarMembers(foreignTar(tarMembers(once(tar)))))
    found.push([path, type, ...(target === undefined ? [] : [target])].join(' '));
  return found;
}

const link = (name: string, target: string): TestMember => ({ name, type: 'symlink', target, mode: 0o777 });
const hardlink = (name: string, target: string): TestMember => ({ name, type: 'hardlink', target });
const file = (name: string, content = 'x'): TestMember => ({ name, content });

/** A header as other programs write it, with a flag, a name or a size that ours never has. */
function raw(name: string, { flag = '0', size = 0 }: { flag?: string; size?: number } = {}): Buffer {
  const block = tarHeader({ name: 'n', type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 });
  block.fill(0, 0, 100);
  block.write(name, 0, 'latin1');
  block.write(flag, 156);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A pax record before a member. */
function withRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  const record = Buffer.from(`${length}${rest}`, 'latin1');
  return Buffer.concat([raw('p', { flag: 'x', size: record.length }), record, tarPadding(record.length)]);
}

it.each<[string, Buffer, RegExp]>([
  ['a name that leads up', Buffer.concat([raw('srv/../../out'), tarEnd()]), /outside of itself/],
  ['a long name that leads up', Buffer.concat([withRecord('path', '../out'), raw('n'), tarEnd()]), /outside of itself/],
  [
    'a hard link that leads up',
    Buffer.concat([withRecord('linkpath', '../../etc/passwd'), raw('n', { flag: '1' }), tarEnd()]),
    /outside of itself/,
  ],
  [
    'a hard link to what the machine has',
    layerOf('etc/', hardlink('etc/mine', 'etc/passwd')),
    /hard link to what is no file/,
  ],
  [
    'a hard link to a link',
    layerOf(link('out', '/etc/passwd'), hardlink('mine', 'out')),
    /hard link to what is no file/,
  ],
  ['a file behind a link to elsewhere', layerOf(link('out', '/tmp'), file('out/file')), /lies behind \/out/],
  ['a file behind a link that leads up', layerOf(link('out', '../..'), file('out/deep/file')), /lies behind \/out/],
  ['a file behind a file', layerOf(file('a'), file('a/b')), /lies behind \/a/],
  ['a file twice', layerOf(file('a'), file('a', 'other')), /\/a twice/],
  ['a link in the place of a folder', layerOf('a/', file('a/b'), link('a', '/tmp')), /\/a twice/],
  ['a folder in the place of a link', layerOf(link('a', '/tmp'), 'a/'), /\/a twice/],
  ['a late folder twice', layerOf(file('a/b'), 'a/', { name: 'a/', mode: 0o700 }), /\/a twice/],
  ['a link as its root', layerOf(link('', '/tmp')), /root is no folder/],
  ['a name with a zero in it', Buffer.concat([withRecord('path', 'a\0b'), raw('n'), tarEnd()]), /zero in it/],
  ['a name that no file can have', layerOf(file('x'.repeat(5000))), /name of 5001 bytes/],
  ['more content than it has', Buffer.concat([raw('big', { size: 0o77777777777 }), tarEnd()]), /ends in the middle/],
  ['a size that is none', Buffer.concat([withRecord('size', '1e300'), raw('big'), tarEnd()]), /no possible size/],
  ['a member of an unknown kind', Buffer.concat([raw('sparse', { flag: 'S' }), tarEnd()]), /unknown kind/],
])('refuses a tar with %s', async (_what, tar, reason) => {
  await expect(checked(tar)).rejects.toThrow(reason);
});

it('takes links that lead anywhere, for whoever enters the tree is in it', async () => {
  const tar = layerOf(
    'etc/',
    link('etc/abs', '/etc/passwd'),
    link('etc/up', '../../../x'),
    file('etc/a'),
    hardlink('b', 'etc/a'),
  );
  expect(await checked(tar)).toEqual([
    '/ directory',
    '/etc directory',
    '/etc/abs symlink /etc/passwd',
    '/etc/up symlink ../../../x',
    '/etc/a file',
    '/b hardlink /etc/a',
  ]);
});

it('takes a folder that comes after what it holds, as tools write that have the devices first', async () => {
  const found = await checked(layerOf(file('a/b'), { name: 'a/', mode: 0o700 }));
  expect(found).toEqual(['/ directory', '/a directory', '/a/b file', '/a directory']);
});

it('leaves devices out, wherever they are', async () => {
  const devices = [raw('sda', { flag: '4' }), raw('etc/mem', { flag: '3' })];
  expect(await checked(Buffer.concat([...devices, layerOf(file('a'))]))).toEqual([
    '/ directory',
    '/etc directory',
    '/a file',
  ]);
});

it('makes the folders that are only named, and takes one that is told twice alike once', async () => {
  expect(await checked(layerOf('a/', 'a/', file('a/b/c')))).toEqual([
    '/ directory',
    '/a directory',
    '/a/b directory',
    '/a/b/c file',
  ]);
});
