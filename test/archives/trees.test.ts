import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isSoundTree } from '../../src/archives/tree-entries.js';
import { openTreeCache, type TreeCache, UnusableTree } from '../../src/archives/trees.js';
import { sha256 } from '../../src/hash.js';
import { removeKept } from '../../src/machines/kept-files.js';

let folder: string;
let cache: TreeCache;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trees-'));
  cache = openTreeCache({ folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

const [first, second] = [sha256('one plan'), sha256('another')];

function treeOf(...parts: string[]): Readable {
  return Readable.from(
    parts.map((part) => Buffer.from(part)),
    { objectMode: false },
  );
}

async function keep(key: string, text: string, to = cache): Promise<string | undefined> {
  await using keeping = to.keep('bare', key);
  expect((await buffer(keeping.copy(treeOf(text)))).toString()).toBe(text);
  return await keeping.commit();
}

async function textOf(key: string, from = cache): Promise<string | undefined> {
  const tree = await from.find('bare', key);
  return tree && (await buffer(tree)).toString();
}

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

/** The one file that is kept. */
function kept(): string {
  return join(folder, 'trees', files()[0] ?? '');
}

it('gives a tree back by its layer and what it was built from', async () => {
  expect(await textOf(first)).toBeUndefined();
  expect(await keep(first, 'a tree')).toBeUndefined();
  expect(await textOf(first)).toBe('a tree');
  expect(await textOf(second)).toBeUndefined();
  expect(await cache.find('finished', first)).toBeUndefined();
  expect([await cache.has('bare', first), await cache.has('bare', second)]).toEqual([true, false]);
});

it('names the file of one for programs that take a file, as long as it is sound', async () => {
  await keep(first, 'a tree');
  utimesSync(kept(), 1, 1);
  expect(await cache.locate('bare', first)).toBe(kept());
  expect(statSync(kept()).mtimeMs).toBeGreaterThan(1e12);
  expect(await cache.locate('box', first)).toBeUndefined();
  writeFileSync(kept(), 'a flea');
  expect(await cache.locate('bare', first)).toBeUndefined();
  expect(files()).toEqual([]);
});

it('lets nobody else read what is private in a tree', async () => {
  await keep(first, 'a tree');
  const modes = [kept(), join(folder, 'trees')].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes).toEqual(['600', '700']);
});

it('keeps nothing that was not committed, failed, or was given up', async () => {
  const read = cache.keep('bare', first);
  await buffer(read.copy(treeOf('a tree')));
  expect(await textOf(first)).toBeUndefined();
  await read[Symbol.asyncDispose]();

  const failing = cache.keep('bare', first);
  const half = Readable.from(
    (async function* () {
      yield Buffer.from('half of a');
      throw new Error('the build failed');
    })(),
    { objectMode: false },
  );
  await expect(buffer(failing.copy(half))).rejects.toThrow('the build failed');
  expect(await failing.commit()).toBe('it was not read to its end');
  await failing[Symbol.asyncDispose]();

  const givenUp = cache.keep('bare', first);
  for await (const _ of givenUp.copy(treeOf('a', 'tree'))) break;
  expect(await givenUp.commit()).toBe('it was not read to its end');
  await givenUp[Symbol.asyncDispose]();
  expect(files()).toEqual([]);
});

it('fails at the end of a damaged tree and removes it, so that the next build makes it anew', async () => {
  await keep(first, 'a tree');
  truncateSync(kept(), 3);
  await expect(textOf(first)).rejects.toThrow(UnusableTree);
  expect(await textOf(first)).toBeUndefined();
  expect(files()).toEqual([]);
});

it('says so when a tree is removed between looking for it and reading it', async () => {
  await keep(first, 'a tree');
  const tree = await cache.find('bare', first);
  await removeKept(await cache.entries());
  await expect(buffer(tree ?? treeOf(''))).rejects.toThrow('just removed');
});

it('keeps the first of two that were written at once', async () => {
  const [one, other] = [cache.keep('bare', first), cache.keep('bare', first)];
  await Promise.all([buffer(one.copy(treeOf('a tree'))), buffer(other.copy(treeOf('a later tree')))]);
  expect([await one.commit(), await other.commit()]).toEqual([undefined, undefined]);
  await other[Symbol.asyncDispose]();
  expect(await textOf(first)).toBe('a tree');
  expect(files()).toHaveLength(1);
});

it('removes what was not used for the longest time when all is too large', async () => {
  const small = openTreeCache({ folder }, 15);
  await keep(first, '0123456789', small);
  utimesSync(kept(), 0, 0);
  expect(await keep(second, '0123456789', small)).toBeUndefined();
  expect(await textOf(first)).toBeUndefined();
  expect(await textOf(second)).toBe('0123456789');
});

it('counts a build from a tree as a use of it', async () => {
  await keep(first, 'a tree');
  utimesSync(kept(), 0, 0);
  await textOf(first);
  expect((await cache.entries())[0]?.lastUsed.getTime()).toBeGreaterThan(0);
});

it('gives the tree on where nothing can be kept, and says why it cannot', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(await keep(first, 'a tree', openTreeCache({ folder: file }))).toContain('ENOTDIR');
});

it('finds out which trees are damaged', async () => {
  await keep(first, 'a tree');
  const [tree] = await cache.entries();
  expect(tree && (await isSoundTree(tree))).toBe(true);
  truncateSync(kept(), 3);
  expect(tree && (await isSoundTree(tree))).toBe(false);
  expect(await cache.entries()).toEqual([]);
});
