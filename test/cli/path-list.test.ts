import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readPathList } from '../../src/cli/path-list.js';
import type { FilePath } from '../../src/model/file-path.js';

const home = '/home/ada' as FilePath;
const input = (...chunks: (string | Buffer)[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

it('takes arguments, from where the caller is, each once', async () => {
  const list = await readPathList(['a', './b/', '/c//d', '/home/ada/a'], input('/x'), { from: home, nul: false });
  expect(list).toEqual(['/home/ada/a', '/home/ada/b', '/c/d']);
});

it('takes lines or what NUL ends from standard input, whatever bytes they are', async () => {
  const latin = Buffer.from('/caf\xe9\n/two\n', 'latin1');
  expect(await readPathList([], input(latin.subarray(0, 4), latin.subarray(4)), { from: home, nul: false })).toEqual([
    ...['/caf\xe9', '/two'],
  ]);
  expect(await readPathList([], input('/a\nb\0/c'), { from: home, nul: true })).toEqual(['/a\nb', '/c']);
});

it('leaves it to the machine where a way up leads', async () => {
  expect(await readPathList(['/link/../x'], input(), { from: home, nul: false })).toEqual(['/link/../x']);
});

it('wants paths, and whole ones of another machine', async () => {
  await expect(readPathList(['a'], input(), { from: undefined, nul: false })).rejects.toThrow('"a" is not an absolute');
  const terminal = Object.assign(input(), { isTTY: true });
  await expect(readPathList([], terminal, { from: home, nul: false })).rejects.toThrow('there is no path');
});
