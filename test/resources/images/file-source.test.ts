import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tarMembers } from '../../../src/filesystem/tar.js';
import { localMachine } from '../../../src/machines/local.js';
import { fileSource } from '../../../src/resources/images/file-source.js';
import { layerOf, type TestImage, type TestMember, writeLayout } from '../../support/images.js';

const here = await localMachine();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-source-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const out: TestMember = { name: 'out', type: 'symlink', target: '/tmp', mode: 0o777 };
const good = layerOf('etc/', { name: 'etc/name', content: 'analysis\n'.repeat(1000) });

/** The paths of the tree in a file, as import reads it. */
async function read(file: string): Promise<string[]> {
  await using source = await fileSource(file, { here });
  const tree = await source.open();
  const paths: string[] = [];
  for await (const { path } of tarMembers(tree)) paths.push(path);
  return paths;
}

function written(name: string, content: Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function image(...layers: TestImage['layers']): string {
  writeLayout(join(folder, 'image'), [{ layers }]);
  return join(folder, 'image');
}

it.each<[string, () => string, RegExp]>([
  ['a file behind a link', () => written('a.tar', layerOf(out, { name: 'out/x', content: 'x' })), /lies behind/],
  ['a tar that is cut', () => written('a.tar', good.subarray(0, 5000)), /ends in the middle/],
  [
    'a packed tar that is cut',
    () => written('a.tar.gz', gzipSync(good).subarray(0, 90)),
    /end of file|nothing that can/,
  ],
  [
    'a layer that is another than its name says',
    () => image({ tar: good, digest: '0'.repeat(64) }),
    /not what the image names/,
  ],
  ['a layer that is cut', () => image({ tar: good, stored: gzipSync(good).subarray(0, 60) }), /cannot be read/],
  [
    'a layer behind a file',
    () => image({ tar: layerOf({ name: 'a', content: 'x' }) }, { tar: layerOf({ name: 'a/b', content: 'x' }) }),
    /in what is no folder/,
  ],
  [
    'a layer with a hard link to what the machine has',
    () => image({ tar: layerOf({ name: 'a', type: 'hardlink', target: 'etc/passwd' }) }),
    /hard link to what is not there/,
  ],
])('says what is wrong with %s, and leaves nothing', async (_what, make, reason) => {
  const file = make();
  await expect(read(file)).rejects.toMatchObject({
    name: 'ReproError',
    kind: 'usage',
    message: expect.stringMatching(reason),
  });
  expect(readdirSync(folder)).toEqual([file.slice(folder.length + 1)]);
});

it('puts what lies behind a link of an image inside of it', async () => {
  const file = image({ tar: layerOf(out) }, { tar: layerOf({ name: 'out/x', content: 'x' }) });
  expect(await read(file)).toContain('/tmp/x');
});
