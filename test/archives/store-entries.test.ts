import { createHash } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { removeFromStore, storeEntries } from '../../src/archives/store-entries.js';
import { sha256 } from '../../src/hash.js';

let folder: string;
let store: ContentFolder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-entries-'));
  store = await openStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('lists contents with sizes and when a build last took them, and nothing else of the folder', async () => {
  const { hash } = await store.add(Buffer.from('one'));
  await store.add(Buffer.from('four'), { algorithm: 'md5', value: md5('four') });
  const long = new Date('2020-01-01T00:00:00Z');
  await utimes(await store.locate(hash), long, long);
  const sizes = async () => new Map((await storeEntries(store)).map((entry) => [entry.sha256, entry]));
  expect([...(await sizes()).values()].map(({ size }) => size).sort()).toEqual([3, 4]);
  await store.isSound(hash);
  expect((await sizes()).get(hash)?.lastUsed).toEqual(long);
  await store.verified(hash);
  expect((await sizes()).get(hash)?.lastUsed.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

it('removes contents with what is remembered of their other digests', async () => {
  const digest = { algorithm: 'md5', value: md5('four') } as const;
  await store.add(Buffer.from('one'));
  const { hash } = await store.add(Buffer.from('four'), digest);
  await removeFromStore(store, new Set([hash]));
  expect(await store.known(digest)).toBeUndefined();
  expect((await storeEntries(store)).map((entry) => entry.sha256)).toEqual([sha256('one')]);
});

it('finds what is damaged, and removes it', async () => {
  const { hash } = await store.add(Buffer.from('one'));
  await writeFile(await store.locate(hash), 'two');
  expect(await store.isSound(hash)).toBe(false);
  expect(await storeEntries(store)).toEqual([]);
});

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
