import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { foreignTar } from '../../src/filesystem/canonical-tar.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { localMachine, shellOver } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import { unpackTree } from '../../src/machines/rootfs/index.js';
import { layerOf } from '../support/images.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unpacking-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const alone = { kind: 'single' } as const;

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

it('gives a folder that comes after what it holds its own mode and date', async () => {
  await using host = await localMachine();
  const tar = layerOf({ name: 'a/b', content: 'x' }, { name: 'a/', mode: 0o710, mtime: 1_500_000_000 });
  const tree = join(folder, 'tree');
  await unpackTree(Readable.from(foreignTar(tarMembers(once(tar)))), tree, alone, host);
  const { mode, mtimeMs } = statSync(join(tree, 'a'));
  expect([mode & 0o7777, mtimeMs]).toEqual([0o710, 1_500_000_000_000]);
});

it('fails with what is wrong with the archive, also where only an exit code comes back, as over ssh', async () => {
  await using here = await localMachine();
  const overShell: Machine = {
    ...here,
    shell: shellOver(async (argv, options) => {
      const child = await (here.shell as NonNullable<Machine['shell']>).spawn(argv, options);
      const exited = child.exited.then(({ code, signal }) => ({ code: signal === undefined ? code : 143 }));
      return { ...child, exited };
    }),
  };
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(512);
      throw new Error('it is damaged');
    })(),
  );
  await expect(unpackTree(broken, join(folder, 'tree'), alone, overShell)).rejects.toThrow('it is damaged');
});
