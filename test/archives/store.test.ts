import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { defaultStoreFolder } from '../../src/archives/store-folder.js';
import { sha256 } from '../../src/hash.js';

let folder: string;
let store: ContentFolder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  store = await openStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* pieces(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part);
}

it('keeps a stream under its hash and gives it back', async () => {
  const kept = await store.add(pieces('ab', 'c'));
  expect(kept).toMatchObject({ hash: sha256('abc'), size: 3 });
  expect(await store.locate(kept.hash)).toBe(join(folder, kept.hash.slice(0, 2), kept.hash));
  expect(await text(store.open(kept.hash))).toBe('abc');
});

it('keeps nothing of a stream that fails or is not what was expected', async () => {
  const failing = (async function* () {
    yield Buffer.from('half');
    throw new Error('the line broke');
  })();
  await expect(store.add(failing)).rejects.toThrow('the line broke');
  await expect(store.add(pieces('other'), sha256('wanted'))).rejects.toThrow(sha256('wanted'));
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  expect(await store.has(sha256('other'))).toBe(false);
});

it('keeps a stream of many pieces whole, however large they are', async () => {
  const parts = Array.from({ length: 3000 }, (_, at) => String(at).repeat(at % 500));
  const { hash, size } = await store.add(pieces(...parts));
  expect([hash, size]).toEqual([sha256(parts.join('')), parts.join('').length]);
  expect(await text(store.open(hash))).toBe(parts.join(''));
});

it('does not read a stream whose content it has', async () => {
  await store.add(Buffer.from('abc'));
  const unread = (async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('');
    throw new Error('read');
  })();
  expect(await store.add(unread, sha256('abc'))).toMatchObject({ hash: sha256('abc'), size: 3 });
});

it.each(['sha512', 'sha1', 'md5'] as const)(
  'checks content by its %s, and knows the next time what that named',
  async (algorithm) => {
    const digest = { algorithm, value: createHash(algorithm).update('abc').digest('hex') };
    await expect(store.add(pieces('abd'), digest)).rejects.toThrow(digest.value);
    expect(await store.known(digest)).toBeUndefined();
    expect(await store.add(pieces('ab', 'c'), digest)).toMatchObject({ hash: sha256('abc'), size: 3 });
    expect(await (await openStore(folder)).known(digest)).toBe(sha256('abc'));
  },
);

it('removes an entry that was damaged, and takes the content anew', async () => {
  const { hash } = await store.add(Buffer.from('abc'));
  const file = await store.locate(hash);
  writeFileSync(file, 'abd');
  expect(await store.verified(hash)).toBeUndefined();
  expect(existsSync(file)).toBe(false);
  await store.add(pieces('abc'), hash);
  expect(await store.verified(hash)).toBe(file);
});

it('is safe with writers of the same content at once', async () => {
  const stores = await Promise.all([openStore(folder), openStore(folder), openStore(folder)]);
  const kept = await Promise.all(stores.map((each) => each.add(pieces('x'.repeat(100_000)))));
  expect(new Set(kept.map(({ hash }) => hash)).size).toBe(1);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

it('names the hash that is missing', async () => {
  const hash = sha256('nothing');
  expect(await store.has(hash)).toBe(false);
  await expect(store.locate(hash)).rejects.toMatchObject({
    kind: 'not-rebuildable',
    message: expect.stringContaining(hash),
  });
  await expect(text(store.open(hash))).rejects.toThrow(hash);
});

it('lies where XDG_CACHE_HOME says, when that is absolute', () => {
  expect(defaultStoreFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/reproman/store');
  expect(defaultStoreFolder({ XDG_CACHE_HOME: 'c' })).toMatch(/\.cache\/reproman\/store$/);
});
