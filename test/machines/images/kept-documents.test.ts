import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sha256 } from '../../../src/hash.js';
import { isSoundDocument, keep, keptDocuments, readKept } from '../../../src/machines/images/kept-documents.js';
import { keepLayer, knownLayer } from '../../../src/machines/images/layer-cache.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const [one, two, three] = ['one', 'two', 'three'].map((text) => `layers/${sha256(text)}.json.gz`) as [
  string,
  string,
  string,
];
const fileOf = (name: string) => join(folder, 'reproman/images-1', name);
const old = (name: string) => utimesSync(fileOf(name), 1, 1);
const kept = async () => (await keptDocuments()).map(({ file }) => file).sort();
/** More than so many bytes when it is packed. */
const long = () => Array.from({ length: 100 }, () => sha256(String(Math.random()))).join('');

it('says of each document what kind it is, how large, and when it was last read', async () => {
  await keepLayer(sha256('one'), { hidden: [], emptied: [], members: [], told: new Map() });
  await keep(`configurations/${sha256('two')}.json.gz`, { a: 1 });
  await keep(`packages-1.0.0/${sha256('three')}.json.gz`, { a: 1 });
  const documents = await keptDocuments();
  expect(documents.map(({ kind }) => kind).sort()).toEqual(['configurations', 'layers', 'packages']);
  for (const { file, size } of documents) expect(size).toBe(statSync(file).size);
  old(one);
  expect(await knownLayer(sha256('one'))).toBeDefined();
  expect(statSync(fileOf(one)).mtimeMs).toBeGreaterThan(1e12);
});

it('removes what was not read for the longest time when all is too large', async () => {
  for (const name of [one, two]) await keep(name, long());
  old(two);
  await readKept(two);
  old(one);
  await keep(three, long(), statSync(fileOf(one)).size * 2 + 100);
  expect(await kept()).toEqual([two, three].map(fileOf).sort());
});

it('makes room at once, and then when a tenth of what there may be was written', async () => {
  vi.resetModules();
  const { keep } = await import('../../../src/machines/images/kept-documents.js');
  const limit = 60_000;
  const addLarge = () => {
    mkdirSync(dirname(fileOf(two)), { recursive: true });
    writeFileSync(fileOf(two), Buffer.alloc(limit));
    old(two);
  };
  addLarge();
  await keep(one, 'short', limit);
  expect(await kept()).toEqual([fileOf(one)]);
  addLarge();
  await keep(three, long(), limit);
  expect(await kept()).toEqual([one, two, three].map(fileOf).sort());
  await keep(three, long(), limit);
  expect(await kept()).toEqual([one, three].map(fileOf).sort());
});

it('reads to its end what is removed meanwhile', async () => {
  const text = long();
  await keep(one, text);
  const reading = Promise.all(Array.from({ length: 20 }, () => readKept(one)));
  await keep(two, long(), 0);
  const found = new Set(await reading);
  expect(existsSync(fileOf(one))).toBe(false);
  expect([...found].filter((value) => value !== undefined && value !== text)).toEqual([]);
  expect(await readKept(one)).toBeUndefined();
});

it('lets many write and evict at once, and never shows half a document', async () => {
  const texts = new Map([one, two, three].map((name) => [name, long()]));
  const limit = 8000;
  const work = Array.from({ length: 60 }, async (_, at) => {
    const name = [one, two, three][at % 3] as string;
    await keep(name, texts.get(name), limit);
    const found = await readKept(name);
    expect([undefined, texts.get(name)]).toContain(found);
  });
  await Promise.all(work);
  for (const document of await keptDocuments()) expect(await isSoundDocument(document)).toBe(true);
  expect((await keptDocuments()).reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(limit);
  const names = readdirSync(dirname(fileOf(one))).filter((name) => name.endsWith('.tmp'));
  expect(names).toEqual([]);
});

it('tells a damaged document by its checksum and removes it; one that is gone is not damaged', async () => {
  for (const name of [one, two]) await keep(name, long());
  const bytes = await readFile(fileOf(one));
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  writeFileSync(fileOf(one), bytes);
  const documents = await keptDocuments();
  const sound = await Promise.all(documents.map(async (entry) => [entry.file, await isSoundDocument(entry)]));
  expect(new Map(sound as [string, boolean][])).toEqual(
    new Map([
      [fileOf(one), false],
      [fileOf(two), true],
    ]),
  );
  expect(await kept()).toEqual([fileOf(two)]);
  rmSync(fileOf(two));
  expect(await Promise.all(documents.map(isSoundDocument))).toEqual([true, true]);
});

it('removes what killed processes left, and leaves alone what a living one writes', async () => {
  mkdirSync(dirname(fileOf(one)), { recursive: true });
  const [dead, alive, young] = [`${one}.99999999.0.tmp`, `${one}.${process.pid}.0.tmp`, `${two}.99999999.0.tmp`];
  for (const name of [dead, alive, young]) writeFileSync(fileOf(name as string), 'half');
  for (const name of [dead, alive]) old(name as string);
  expect(await keptDocuments()).toEqual([]);
  expect([dead, alive, young].map((name) => existsSync(fileOf(name as string)))).toEqual([false, true, true]);
});
