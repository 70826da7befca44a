import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tarEnd, tarHeader } from '../../src/filesystem/tar-writer.js';
import { tarMachine } from '../../src/machines/tar-machine.js';
import { tarSource } from '../../src/machines/tar-source.js';
import type { FilePath } from '../../src/model/file-path.js';
import { layerOf } from '../support/images.js';
import { randomNumbers } from '../support/random.js';

const folder = mkdtempSync(join(tmpdir(), 'tar-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the files of a tar on disk', () => {
  it('are there with their contents, however long these are', async () => {
    const below = randomNumbers(3);
    const lengths = [
      0,
      1,
      511,
      512,
      513,
      65_023,
      65_024,
      65_536,
      65_537,
      200_000,
      1_000_000,
      ...Array.from({ length: 40 }, () => below(150_000)),
    ];
    const members = lengths.map((length, at) => ({
      name: `f${at}`,
      content: `${at} `.repeat(length).slice(0, length),
    }));
    const file = join(folder, 'lengths.tar');
    writeFileSync(file, layerOf(...members, { name: 'last', type: 'hardlink', target: './f9' }));
    await using machine = await tarMachine(file, 'lengths');
    for (const { name, content } of members) {
      expect((await machine.files.read(`/${name}` as FilePath)).toString()).toBe(content);
    }
    expect((await machine.files.read('/last' as FilePath)).length).toBe(200_000);
  });

  it('are found without reading what they hold', { timeout: 15_000 }, async () => {
    const file = join(folder, 'large.tar');
    const size = 7 * 1024 ** 3;
    const output = openSync(file, 'w');
    let position = 0;
    // Of 210 GiB next to nothing is on disk, but to read as much takes a minute and more.
    for (let at = 0; at < 30; at++) {
      const header = tarHeader({ name: `f${at}`, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 });
      writeSync(output, header, 0, header.length, position);
      position += header.length + size;
    }
    writeSync(output, tarEnd(), 0, tarEnd().length, position);
    closeSync(output);
    const source = await tarSource(file);
    const found: string[] = [];
    for await (const { path } of source.inside(['/' as FilePath])) found.push(path);
    expect(found).toHaveLength(30);
  });

  it('are not all there where it is cut off', async () => {
    const tar = layerOf({ name: 'a', content: 'x'.repeat(200_000) }, { name: 'b', content: 'y'.repeat(300_000) });
    for (const length of [100_000, 201_000, 300_000, 499_000]) {
      const file = join(folder, `cut-${length}.tar`);
      writeFileSync(file, tar.subarray(0, length));
      await expect(tarSource(file)).rejects.toThrow(/ends in the middle of a member/);
    }
  });
});
