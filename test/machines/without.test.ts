import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directoryMachine } from '../../src/machines/directory.js';
import type { AskedEntry, FileView } from '../../src/machines/machine.js';
import { withoutFiles } from '../../src/machines/without.js';
import type { FilePath } from '../../src/model/file-path.js';

let root: string;
let files: FileView;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reproman-without-'));
  await mkdir(join(root, 'a/new/deep'), { recursive: true });
  for (const name of ['a/kept', 'a/news', 'a/new/file', 'a/new/deep/file']) await writeFile(join(root, name), name);
  files = withoutFiles(await directoryMachine(root), (path) => path === '/a/new' || path === '/a/kept').files;
});
afterEach(() => rm(root, { recursive: true }));

const at = (path: string) => path as FilePath;

async function pathsOf(given: AsyncIterable<{ readonly path: FilePath }>): Promise<FilePath[]> {
  const paths: FilePath[] = [];
  for await (const { path } of given) paths.push(path);
  return paths;
}

it('has no hidden file, whatever is asked', async () => {
  expect(await files.lstat(at('/a/kept'))).toBeUndefined();
  expect(await files.list(at('/a'))).toEqual(['news']);
  await expect(files.read(at('/a/kept'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(files.part?.(at('/a/kept'), 0, 1)).rejects.toMatchObject({ code: 'ENOENT' });
  expect([...(await files.gather(['/a/*'])).keys()]).toEqual(['/a/news']);
  expect(await pathsOf(files.contents([at('/a/kept'), at('/a/news')]))).toEqual(['/a/news']);
  const entries: AskedEntry[] = [];
  for await (const each of files.entries([at('/a/kept'), at('/a/news')])) entries.push(each);
  expect(entries.map(([path, entry]) => [path, entry?.type])).toEqual([
    ['/a/kept', undefined],
    ['/a/news', 'file'],
  ]);
});

it('has nothing of a hidden folder either, and what only begins like it', async () => {
  expect(await pathsOf(files.walk(at('/a')))).toEqual(['/a', '/a/news']);
  const kinds: FilePath[] = [];
  for await (const some of files.walkKinds(at('/a'))) kinds.push(...some.map(({ path }) => path));
  expect(kinds).toEqual(['/a', '/a/news']);
});
