import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import type { FilePath } from '../../src/model/file-path.js';
import { packTrees } from '../../src/packaging/repacked-tree.js';
import { type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';

let folder: string;
let contents: ContentFolder;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repacked-'));
  contents = await openStore(folder);
  root = await fixtureRoot();
  for (const name of ['a/one', 'a/two', 'b/three']) await root.file(`/opt/${name}`, name);
  await root.link('/opt/b/link', 'three');
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function trees() {
  const found = new Map<string, { name: string; entry: FileEntry }[]>();
  for (const tree of ['a', 'b']) {
    const entries: FileEntry[] = [];
    for await (const entry of root.machine.files.walk(`/opt/${tree}` as FilePath)) entries.push(entry);
    found.set(
      tree,
      entries.map((entry) => ({ name: entry.path.slice(5), entry })),
    );
  }
  return found;
}

async function namesIn(hash: string): Promise<string[]> {
  return execFileSync('tar', ['-tzf', await contents.locate(hash)], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

it('packs each tree as it is, byte for byte the same every time', async () => {
  const [first, again] = [
    await packTrees(await trees(), { ...root, contents }),
    await packTrees(await trees(), { ...root, contents }),
  ];
  expect(first).toEqual(again);
  const [, b] = [...first.values()];
  if (!b || !('hash' in b)) throw new Error('not packed');
  expect(await namesIn(b.hash)).toEqual(['./b/', './b/link', './b/three']);
});

it('says of one tree which file is not as it was listed, and packs the others', async () => {
  const listed = await trees();
  await root.file('/opt/a/one', 'longer than it was');
  const packed = await packTrees(listed, { ...root, contents });
  expect(packed.get('a')).toEqual({ problem: '/opt/a/one changed while it was read; trace again.' });
  expect(packed.get('b')).toMatchObject({ hash: expect.any(String) });
});

it('says of one tree which file cannot be read, and packs the others', async () => {
  const listed = await trees();
  await rm(join(root.folder, 'opt/a/one'));
  const packed = await packTrees(listed, { ...root, contents });
  expect(packed.get('a')).toMatchObject({ problem: expect.stringContaining('/opt/a/one cannot be read (ENOENT)') });
  expect(packed.get('b')).toMatchObject({ hash: expect.any(String) });
});
