import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tarMembers } from '../../../src/filesystem/tar.js';
import { localMachine } from '../../../src/machines/local.js';
import { fileSource } from '../../../src/resources/images/file-source.js';
import { layerOf, type TestImage, type TestMember, writeLayout } from '../../support/images.js';
import { needs } from '../../support/needs.js';

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

describe('what xz, bzip2 or lz4 compressed', () => {
  const programs = ['xz', 'bzip2', 'lz4'] as const;
  beforeEach(needs({ programs }));

  const packed = (program: string, content: Buffer) =>
    execFileSync(program, ['-c'], { input: content, maxBuffer: 1 << 26 });
  // Little of it comes out of the beginning alone: a block of bzip2 is longer, and so is one of lz4.
  const large = layerOf('etc/', { name: 'etc/noise', content: noise(300_000) }, { name: 'etc/last', content: 'x' });
  const paths = ['/etc', '/etc/noise', '/etc/last'];

  it.each(programs)('is read as what it is: by %s a tar, an image and a layer', async (program) => {
    expect(await read(written('tree.tar', packed(program, large)))).toEqual(['/', ...paths]);
    const inOrder = ['/', ...[...paths].sort()];
    const layout = image({ tar: large, stored: packed(program, large) });
    expect(await read(layout)).toEqual(inOrder);
    const whole = execFileSync('tar', ['-C', layout, '-c', 'oci-layout', 'index.json', 'blobs']);
    expect(await read(written('image.tar', packed(program, whole)))).toEqual(inOrder);
  });

  it.each(programs)('is refused where it would do harm, and leaves nothing: %s', async (program) => {
    const behind = layerOf(out, { name: 'out/x', content: 'x' });
    // The program has more to say when its reader has had enough.
    const above = layerOf('etc/', { name: '../escaped', content: 'x' }, { name: 'more', content: noise(3_000_000) });
    const harm: readonly (readonly [Buffer, RegExp])[] = [
      [packed(program, behind), /lies behind/],
      [packed(program, above), /outside of itself/],
      [packed(program, large).subarray(0, 100_000), /cannot be decompressed|nothing that can/],
    ];
    for (const [content, reason] of harm) {
      const refused = { name: 'ReproError', kind: 'usage', message: expect.stringMatching(reason) };
      await expect(read(written('harm.tar', content))).rejects.toMatchObject(refused);
      expect(readdirSync(folder)).toEqual(['harm.tar']);
      await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'));
    }
  });
});

/** What nothing compresses by much, the same each time. */
function noise(size: number): string {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  };
  return Array.from({ length: size }, next).join('');
}
