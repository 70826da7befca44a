import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreLs } from '../../src/commands/store/ls.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('REPROMAN_STORE', '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Where the verb says that its store is, below the folder that it runs in. */
async function storeOf(...args: string[]): Promise<string> {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const { stdout } = await captureOutput(() => StoreLs.run(['--json', ...args], config), { print: false });
  return JSON.parse(stdout).folder.replace(`${folder}/`, '');
}

const configure = (text: string) => writeFileSync(join(folder, 'reproman.config.yml'), text);

it('is in the cache where nothing is said', async () => {
  expect(await storeOf()).toBe('cache/reproman/store');
});

it('is where the file says, from its own folder on', async () => {
  configure('store: big/store\n');
  expect(await storeOf()).toBe('big/store');
});

it('is where the variable says, whatever the file does', async () => {
  configure('store: big/store\n');
  vi.stubEnv('REPROMAN_STORE', join(folder, 'named'));
  expect(await storeOf()).toBe('named');
});

it('is where the command says before all, and so for all that opens it', async () => {
  configure('store: big/store\n');
  vi.stubEnv('REPROMAN_STORE', join(folder, 'named'));
  expect(await storeOf('--store', 'told')).toBe('told');
  expect(process.env['REPROMAN_STORE']).toBe(join(folder, 'told'));
});
