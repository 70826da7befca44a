import { expect, it } from 'vitest';
import { directoryMachine } from '../../src/machines/directory.js';
import { loaderCache } from '../../src/machines/loader-cache.js';
import { pathFromText } from '../../src/model/file-path.js';
import { loaderCacheOf } from './loader-caches.js';

const libraries = [
  { path: '/libx32/libc.so.6', architecture: 8 },
  { path: '/lib/x86_64-linux-gnu/libc.so.6' },
  { path: '/usr/local/lib/libc.so.6' },
];

async function known(content: Buffer) {
  const machine = await directoryMachine('/');
  const files = { ...machine.files, read: async () => content };
  return loaderCache({ ...machine, files, processor: 'x86_64' }, () => undefined);
}

it("finds names within paths, the first of its own machine's", async () => {
  expect([...(await known(loaderCacheOf(libraries)))]).toEqual([
    ['libc.so.6', pathFromText('/lib/x86_64-linux-gnu/libc.so.6')],
  ]);
});

it('finds the cache that counts behind an older one, and nothing in what is no cache or breaks off', async () => {
  const cache = loaderCacheOf(libraries);
  expect((await known(Buffer.concat([Buffer.from('ld.so-1.7.0\0\0\0\0\0'), cache]))).size).toBe(1);
  expect((await known(cache.subarray(0, 48 + 30))).size).toBe(0);
  expect((await known(Buffer.from('words'))).size).toBe(0);
});
