import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diskFiles } from '../../src/machines/disk/files.js';
import type { FileView } from '../../src/machines/machine.js';
import { type SeenEntries, seenFiles } from '../../src/machines/seen-files.js';
import { resolveMany } from '../../src/machines/ways.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';

const at = (...paths: string[]) => paths.map((path) => path as FilePath);
let root: string;
let asked: FilePath[];
let seen: SeenEntries;
let files: FileView;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seen-'));
  mkdirSync(join(root, 'walked/sub'), { recursive: true });
  mkdirSync(join(root, 'other'));
  for (const path of ['walked/sub/file', 'other/file']) writeFileSync(join(root, path), 'x');
  symlinkSync('../other', join(root, 'walked/link'));
  const disk = diskFiles(pathFromText(root));
  const ways = await resolveMany(disk, at('/walked'));
  const entries = new Map([...ways.entries].flatMap(([path, entry]) => (entry ? [[path, entry] as const] : [])));
  for await (const entry of disk.walk('/walked' as FilePath)) entries.set(entry.path, entry);
  seen = { entries, walked: at('/walked') };
  const counting: FileView = {
    ...disk,
    entries(paths, options) {
      asked.push(...paths);
      return disk.entries(paths, options);
    },
  };
  files = seenFiles(counting, seen);
});
afterAll(() => rmSync(root, { recursive: true }));

async function typesOf(paths: readonly FilePath[], hash = false): Promise<(string | undefined)[]> {
  asked = [];
  const types: (string | undefined)[] = [];
  for await (const [path, entry] of files.entries(paths, { hash })) types.push(entry && `${path} ${entry.type}`);
  return types;
}

it('knows what was walked, and what is not there, without a look; in the order asked with what it does not know', async () => {
  const paths = at('/walked/sub/file', '/other/file', '/walked/none', '/other/none', '/walked/sub/none', '/walked');
  expect(await typesOf(paths)).toEqual([
    '/walked/sub/file file',
    '/other/file file',
    undefined,
    undefined,
    undefined,
    '/walked directory',
  ]);
  expect(asked).toEqual(at('/other/file', '/other/none'));
  expect(await files.lstat('/walked/none' as FilePath)).toBeUndefined();
});

it('leaves it to the machine what lies behind a link, or below what the kernel makes up', async () => {
  expect(await typesOf(at('/walked/link/file', '/walked/link/none'))).toEqual(['/walked/link/file file', undefined]);
  expect(asked).toEqual(at('/walked/link/file', '/walked/link/none'));
  const proc = { ...seen.entries.get('/walked' as FilePath), path: '/proc' as FilePath } as never;
  const all = { entries: new Map([...seen.entries, ['/proc' as FilePath, proc]]), walked: at('/') };
  let isAsked = false;
  const disk = diskFiles(pathFromText(root));
  const lstat: FileView['lstat'] = (path) => {
    isAsked = true;
    return disk.lstat(path);
  };
  const view = seenFiles({ ...disk, lstat }, all);
  await view.lstat('/proc/1' as FilePath);
  expect(isAsked).toBe(true);
});

it('asks the machine for hashes', async () => {
  expect(await typesOf(at('/walked/sub/file'), true)).toEqual(['/walked/sub/file file']);
  expect(asked).toEqual(at('/walked/sub/file'));
});

it('tells kinds of what was seen, and asks the machine for the rest of an entry of which only the kind was', async () => {
  const kinds = new Map([...seen.entries].map(([path, { type }]) => [path, { path, type }] as const));
  const view = seenFiles({ ...diskFiles(pathFromText(root)), entries: files.entries }, { ...seen, entries: kinds });
  const paths = at('/walked/sub/file', '/walked/none', '/other/file');
  const found: unknown[] = [];
  for (const [path, kind] of await view.kinds(paths)) found.push([path, kind && Object.keys(kind).length, kind?.type]);
  expect(found).toEqual([
    ['/walked/sub/file', 2, 'file'],
    ['/walked/none', undefined, undefined],
    ['/other/file', 2, 'file'],
  ]);
  expect(await view.lstat('/walked/sub/file' as FilePath)).toMatchObject({ size: 1 });
  for await (const [path, entry] of view.entries(paths)) found.push([path, entry?.size]);
  expect(found.slice(3)).toEqual([
    ['/walked/sub/file', 1],
    ['/walked/none', undefined],
    ['/other/file', 1],
  ]);
});
