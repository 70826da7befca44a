import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { asciiJson, readSnapshot } from '../../src/filesystem/snapshot.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { pathFromText } from '../../src/model/file-path.js';

const place = { uid: 0, gid: 0, size: 0, mtime: 1_700_000_000 };
const folder: FileEntry = { path: pathFromText('/srv'), type: 'directory', mode: 0o755, ...place };
const link: FileEntry = {
  ...{ path: pathFromText('/srv/é'), type: 'symlink', mode: 0o777, ...place },
  target: pathFromText('../elsewhere'),
};

async function read(...lines: string[]): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  for await (const entry of readSnapshot(Readable.from([gzipSync(lines.join('\n'))]))) found.push(entry);
  return found;
}

it('gives the entries as they were written, with what they have and no more', async () => {
  expect(await read(asciiJson(folder), asciiJson(link))).toStrictEqual([folder, link]);
});

it.each([
  ['a path that is not absolute', { ...folder, path: 'srv' }],
  ['a target that is no text', { ...link, target: 1 }],
  ['a hash that is none', { ...folder, type: 'file', hash: 'abc' }],
  ['something more', { ...folder, inode: 7 }],
])('names the line of an entry with %s', async (_what, wrong) => {
  await expect(read(asciiJson(folder), asciiJson(wrong))).rejects.toThrow('line 2 of the snapshot is not an entry');
});

it('names the line that is cut off', async () => {
  await expect(read(asciiJson(folder), '{"path":')).rejects.toThrow('line 2 of the snapshot is not JSON');
});
