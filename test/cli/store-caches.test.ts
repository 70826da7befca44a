import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreLs } from '../../src/commands/store/ls.js';
import { StorePrune } from '../../src/commands/store/prune.js';
import { StoreVerify } from '../../src/commands/store/verify.js';
import { sha256 } from '../../src/hash.js';
import { openHashCache } from '../../src/machines/hashing/cache.js';
import { keep } from '../../src/machines/images/kept-documents.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const layer = `layers/${sha256('a layer')}.json.gz`;
const [layerFile, hashFile] = [`images-1/${layer}`, 'hashes-1'];

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('REPROMAN_STORE', '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  await keep(layer, { what: 'it brings' });
  await using hashes = await openHashCache();
  hashes.set(lstatSync(folder, { bigint: true }), sha256('its content'), Date.now() + 60_000);
});
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A verb's class as it is called here. */
interface Verb {
  run(args: string[], config: Config): Promise<unknown>;
}

async function said(verb: Verb, ...args: string[]): Promise<string> {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const { stdout, error } = await captureOutput(() => verb.run(args, config), { print: false });
  if (error) throw error;
  return stdout;
}

const told = async (verb: Verb, ...args: string[]) => JSON.parse(await said(verb, '--json', ...args));
const fileOf = (name: string) => join(folder, 'cache/reproman', name);

/** Those that are there, of what was read before. */
const left = () => [layerFile, hashFile].filter((name) => existsSync(fileOf(name)));

it('lists what was read before of images and files by its kind, size and last use', async () => {
  utimesSync(fileOf(layerFile), 86_400, 86_400);
  const { caches } = await told(StoreLs);
  expect(caches.map(({ kind, file }: Record<string, string>) => [kind, file])).toEqual([
    ['layers', fileOf(layerFile)],
    ['hashes', fileOf(hashFile)],
  ]);
  expect(caches[0]).toMatchObject({ size: lstatSync(fileOf(layerFile)).size, lastUsed: '1970-01-02T00:00:00.000Z' });
  const text = await said(StoreLs);
  expect(text).toMatch(/^READ BEFORE +FILES +SIZE +LAST USED/m);
  expect(text).toMatch(/^layers of images +1 +\d+ B +1970-01-02/m);
  expect(text).toMatch(/^hashes of files +1 +88 B/m);
});

it('prunes what was not used for so long, or all, and first says what', async () => {
  utimesSync(fileOf(layerFile), 86_400, 86_400);
  const dry = await told(StorePrune, '--older-than', '30d', '--dry-run');
  expect(dry).toMatchObject({ removed: [], trees: [], caches: [fileOf(layerFile)], dryRun: true });
  expect(dry.size).toBe(lstatSync(fileOf(layerFile)).size);
  expect(left()).toEqual([layerFile, hashFile]);
  expect(await said(StorePrune, '--older-than', '30d', '--yes')).toContain('1 of 2 files of what was read before');
  expect(left()).toEqual([hashFile]);
  await told(StorePrune, '--yes');
  expect(left()).toEqual([]);
  expect(await told(StorePrune, '--yes')).toMatchObject({ caches: [], size: 0 });
});

it('finds out what is damaged, removes it, and ends with 1', async () => {
  expect(await told(StoreVerify)).toMatchObject({ checked: 0, damaged: [], caches: { checked: 2, damaged: [] } });
  expect(process.exitCode).toBeUndefined();
  for (const name of [layerFile, hashFile]) truncateSync(fileOf(name), 20);
  const text = await said(StoreVerify);
  expect(text).toContain(`${fileOf(hashFile)} was damaged, and is removed\n`);
  expect(text).toContain('0 of 2 files of what was read before are whole.');
  expect(process.exitCode).toBe(1);
  expect(left()).toEqual([]);
});
