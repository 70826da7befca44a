import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { isSoundHashCache, openHashCache } from '../../src/machines/hashing/cache.js';

const folder = mkdtempSync(join(tmpdir(), 'hash-cache-'));
const kept = join(folder, 'hashes');
afterAll(() => rmSync(folder, { recursive: true }));

const statsOf = (name: string) => lstatSync(join(folder, name), { bigint: true });
const later = () => Date.now() + 60_000;

it('knows a file again that is as it was, and no other', async () => {
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), name);
  {
    await using cache = await openHashCache(kept);
    for (const name of ['c', 'a']) cache.set(statsOf(name), sha256(name), later());
  }
  await using cache = await openHashCache(kept);
  expect(['a', 'b', 'c'].map((name) => cache.get(statsOf(name)))).toEqual([sha256('a'), undefined, sha256('c')]);
  utimesSync(join(folder, 'a'), 1, 1);
  expect(cache.get(statsOf('a'))).toBeUndefined();
});

it('keeps nothing of a file that was changed in the moment of its reading', async () => {
  writeFileSync(join(folder, 'new'), 'new');
  {
    await using cache = await openHashCache(kept);
    cache.set(statsOf('new'), sha256('new'), Date.now());
  }
  await using cache = await openHashCache(kept);
  expect(cache.get(statsOf('new'))).toBeUndefined();
});

it('keeps one hash of each file, what others kept meanwhile, and begins anew when it is damaged', async () => {
  const file = join(folder, 'own');
  {
    await using one = await openHashCache(file);
    await using other = await openHashCache(file);
    one.set(statsOf('b'), sha256('b'), later());
    other.set(statsOf('c'), sha256('c'), later());
  }
  utimesSync(join(folder, 'b'), 2, 2);
  {
    await using cache = await openHashCache(file);
    expect(cache.get(statsOf('c'))).toBe(sha256('c'));
    cache.set(statsOf('b'), sha256('other'), later());
  }
  expect(readFileSync(file)).toHaveLength(16 + 2 * 72);
  writeFileSync(file, readFileSync(file).subarray(0, 100));
  await using cache = await openHashCache(file);
  expect(cache.get(statsOf('c'))).toBeUndefined();
});

it('is sound as long as its rows are whole and in order; a damaged one is removed', async () => {
  const file = join(folder, 'checked');
  expect(await isSoundHashCache(file)).toBe(true);
  {
    await using cache = await openHashCache(file);
    for (const name of ['a', 'b', 'c']) cache.set(statsOf(name), sha256(name), later());
  }
  expect(await isSoundHashCache(file)).toBe(true);
  const bytes = readFileSync(file);
  const last = bytes.subarray(-72);
  const swapped = Buffer.concat([bytes.subarray(0, 16), last, bytes.subarray(88, -72), bytes.subarray(16, 88)]);
  for (const damaged of [bytes.subarray(0, -1), Buffer.concat([Buffer.from('x'), bytes.subarray(1)]), swapped]) {
    writeFileSync(file, damaged);
    expect(await isSoundHashCache(file)).toBe(false);
    expect(existsSync(file)).toBe(false);
  }
});

it('counts an opening as a use', async () => {
  const file = join(folder, 'used');
  {
    await using cache = await openHashCache(file);
    cache.set(statsOf('a'), sha256('a'), later());
  }
  utimesSync(file, 1, 1);
  await using _cache = await openHashCache(file);
  expect(lstatSync(file).mtimeMs).toBeGreaterThan(1e12);
});
