import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../src/model/file-entry.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { type Entries, treeChanges } from '../../../src/resources/upgrade/changes.js';
import { withOtherNames } from '../../../src/resources/upgrade/tree.js';

const epoch = 1000;

/** `path/` is a folder, `path>target` a link, `path=content` a file. */
function tree(...lines: string[]): Entries {
  const entries = lines.map((line): FileEntry => {
    const like = { mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 10 };
    if (line.endsWith('/')) return { ...like, path: (line.slice(0, -1) || '/') as FilePath, type: 'directory' };
    const [, path = '', mark, rest = ''] = /^([^=>]+)([=>])(.*)$/.exec(line) ?? [];
    if (mark === '>') return { ...like, path: path as FilePath, type: 'symlink', target: rest as FilePath };
    return { ...like, path: path as FilePath, type: 'file', hash: rest };
  });
  return new Map(entries.map((entry) => [entry.path, entry]));
}

const all = () => true;
const none = () => false;

describe('what makes one tree another', () => {
  it('is what is missing, what is otherwise, and what goes with all below it', () => {
    const present = tree('/', '/a/', '/a/same=1', '/a/other=1', '/old/', '/old/x=1', '/old/y/', '/old/y/z=1');
    const wanted = tree('/', '/a/', '/a/same=1', '/a/other=2', '/new/', '/new/x=1');
    const { put, remove, removed, inTheWay, kept } = treeChanges(present, wanted, all, epoch);
    expect([...put]).toEqual(['/a/other', '/new', '/new/x']);
    expect([remove, removed, inTheWay, kept]).toEqual([['/old'], 4, [], []]);
  });

  it('leaves what is no part of it, and the folders that hold that', () => {
    const present = tree('/', '/old/', '/old/x=1', '/old/mine=1', '/own/', '/own/a=1');
    const isOurs = (path: FilePath) => path === '/old' || path === '/old/x';
    const { remove, kept } = treeChanges(present, tree('/'), isOurs, epoch);
    expect([remove, kept]).toEqual([['/old/x'], ['/old/mine', '/own']]);
  });

  it('takes a folder away where something else is to be, and something else where a folder is', () => {
    const present = tree('/', '/a/', '/a/x=1', '/b>/a', '/c=1');
    const { inTheWay, put, remove } = treeChanges(present, tree('/', '/a>/b', '/b/', '/c>/a'), all, epoch);
    expect([inTheWay, [...put], remove]).toEqual([['/a', '/b'], ['/a', '/b', '/c'], []]);
  });

  it('is nothing where only what no digest counts differs', () => {
    const entry = (mtime: number): Entries =>
      new Map([['/f' as FilePath, { ...(tree('/f=1').get('/f' as FilePath) as FileEntry), mtime }]]);
    expect(treeChanges(entry(1001), entry(5000), none, epoch).put.size).toBe(0);
    expect(treeChanges(entry(999), entry(5000), none, epoch).put.size).toBe(1);
  });
});

it('puts a file there with all its names', () => {
  const path = (text: string) => text as FilePath;
  const links = new Map([
    [path('/b'), path('/a')],
    [path('/c'), path('/a')],
    [path('/y'), path('/x')],
  ]);
  expect([...withOtherNames(new Set([path('/c'), path('/z')]), links)].sort()).toEqual(['/a', '/b', '/c', '/z']);
});
