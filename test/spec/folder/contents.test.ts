import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../../src/hash.js';
import { folderContents } from '../../../src/spec/folder/contents.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproman-contents-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

it('names the hash that is missing from an environment.d, and what to do', async () => {
  const contents = folderContents(folder);
  const hash = sha256('nothing');
  expect(await contents.has(hash)).toBe(false);
  await expect(contents.locate(hash)).rejects.toMatchObject({
    message: expect.stringContaining(hash),
    remedy: expect.stringContaining('environment.d'),
  });
  await expect(contents.open(hash).toArray()).rejects.toThrow(hash);
});

it('keeps nothing of a content that is not what was expected', async () => {
  const contents = folderContents(folder);
  await expect(contents.add(Buffer.from('this'), sha256('that'))).rejects.toThrow(sha256('that'));
  expect(await readdir(folder)).toEqual([]);
});
