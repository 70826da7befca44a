import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeRendering } from '../../src/rendering/write.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a');
  throw new Error('nobody has it');
}

it('writes one file as such, and several into a folder that may be there and is empty', async () => {
  await writeRendering([{ name: 'user-data', content: 'a' }], join(folder, 'one'));
  expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('a');
  mkdirSync(join(folder, 'many'));
  const files = [
    { name: 'Dockerfile', content: 'b' },
    { name: 'provision/1-x/install.sh', content: 'c' },
  ];
  await writeRendering(files, join(folder, 'many'));
  expect(readFileSync(join(folder, 'many/provision/1-x/install.sh'), 'utf8')).toBe('c');
});

it('replaces nothing', async () => {
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full/own'), 'mine');
  for (const name of ['full', 'full/own']) {
    const writing = writeRendering([{ name: 'a', content: 'b' }], join(folder, name));
    await expect(writing).rejects.toThrow('there is something of this name already');
  }
  expect(readFileSync(join(folder, 'full/own'), 'utf8')).toBe('mine');
});

it('leaves nothing where a part cannot be had', async () => {
  const at = join(folder, 'none/broken');
  mkdirSync(join(folder, 'none'));
  const files = [
    { name: 'Dockerfile', content: 'b' },
    { name: 'files.tar', content: broken },
  ];
  await expect(writeRendering(files, at)).rejects.toThrow('nobody has it');
  expect([existsSync(at), readdirSync(join(folder, 'none'))]).toEqual([false, []]);
});
