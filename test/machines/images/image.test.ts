import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { machineFrom } from '../../../src/machines/from.js';
import type { FileView, Machine } from '../../../src/machines/machine.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { layerOf, type TestImage, type TestLayer, writeLayout, writeSaved } from '../../support/images.js';
import { needs } from '../../support/needs.js';
import { must } from '../../support/run.js';
import { keepsContract, makeTree } from '../../support/view-contract.js';

let folder: string;
let opened: Machine[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(async () => {
  for (const machine of opened) await machine[Symbol.asyncDispose]();
  opened = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

const gzipped = (tar: Buffer): TestLayer => ({ tar, stored: gzipSync(tar) });
const zstd = (tar: Buffer): TestLayer => ({
  tar,
  stored: execFileSync('zstd', ['-c'], { input: tar, maxBuffer: 1e9 }),
});

let count = 0;
async function open(layers: readonly TestLayer[]): Promise<FileView> {
  const place = join(folder, `image-${count++}`);
  writeLayout(place, [{ layers }]);
  return (await from(`oci:${place}`)).files;
}

async function from(name: string): Promise<Machine> {
  const machine = await machineFrom(name);
  opened.push(machine);
  return machine;
}

async function treeOf(...layers: readonly Buffer[]): Promise<string[]> {
  const files = await open(layers.map((tar) => ({ tar })));
  const paths: string[] = [];
  for await (const { path, target } of files.walk('/' as FilePath)) paths.push(target ? `${path} -> ${target}` : path);
  return paths.slice(1);
}

describe('the view of an image of three layers, one of each compression', () => {
  beforeEach(needs({ programs: ['zstd', 'tar'] }));
  let view: FileView;
  let machine: Machine;
  beforeAll(async () => {
    const root = join(folder, 'root');
    await must(['mkdir', root]);
    await makeTree(root);
    const tar = execFileSync('tar', ['-c', '--format=pax', '-C', root, '.'], { maxBuffer: 1e9 });
    const place = join(folder, 'contract');
    const old = layerOf('t/', 't/etc/', { name: 't/etc/old', content: 'x' }, 't/secret/', {
      name: 't/gone',
      content: 'y',
    });
    const layers = [gzipped(old), { tar: layerOf('t/.wh.gone', 't/etc/.wh..wh..opq') }, zstd(tar)];
    writeLayout(place, [{ layers }]);
    machine = await machineFrom(`oci:${place}`);
    view = machine.files;
  });
  afterAll(async () => machine[Symbol.asyncDispose]());
  keepsContract(() => view);
});

describe('layers', () => {
  it('hide what is below them, never what they bring themselves, in whatever order they have it', async () => {
    const below = layerOf(
      'a/',
      { name: 'a/old', content: '1' },
      { name: 'a/kept', content: '1' },
      { name: 'b', content: '1' },
    );
    const above = layerOf({ name: 'a/new', content: '2' }, 'a/.wh.new', 'a/.wh.old', { name: 'b', content: '22' });
    expect(await treeOf(below, above)).toEqual(['/a', '/a/kept', '/a/new', '/b']);
    expect(await treeOf(below, layerOf({ name: 'a/new', content: '2' }, 'a/.wh..wh..opq'))).toEqual([
      ...['/a', '/a/new', '/b'],
    ]);
  });

  it('hide only by the whole prefix, and leave no notes of filesystems', async () => {
    const names = ['.whatever', 'bin/nowhere', 'x.wh.y', '.wh..wh.plnk'];
    expect(await treeOf(layerOf(...names))).toEqual(['/.whatever', '/bin', '/bin/nowhere', '/x.wh.y']);
  });

  it('write through links to folders, inside the image alone', async () => {
    const below = layerOf(
      'usr/',
      'usr/bin/',
      { name: 'bin', type: 'symlink', target: 'usr/bin' },
      {
        name: 'out',
        type: 'symlink',
        target: '../../../../etc',
      },
    );
    expect(await treeOf(below, layerOf({ name: 'bin/new', content: 'n' }, { name: 'out/made', content: 'm' }))).toEqual(
      ['/bin -> usr/bin', '/etc', '/etc/made', '/out -> ../../../../etc', '/usr', '/usr/bin', '/usr/bin/new'],
    );
    expect(existsSync('/etc/made')).toBe(false);
  });

  it('replace links by folders, folders by files, and keep what a folder holds under a folder', async () => {
    const below = layerOf(
      'd/',
      { name: 'd/in', content: '1' },
      'e/',
      { name: 'e/in', content: '1' },
      {
        name: 'l',
        type: 'symlink',
        target: 'd',
      },
    );
    const above = layerOf({ name: 'd/', mode: 0o700 }, { name: 'e', content: 'file' }, 'l/', {
      name: 'l/in',
      content: '2',
    });
    expect(await treeOf(below, above)).toEqual(['/d', '/d/in', '/e', '/l', '/l/in']);
  });

  it('share the content of hard links, also with a layer below', async () => {
    const link = { type: 'hardlink', target: 'one' } as const;
    const files = await open([
      { tar: layerOf({ name: 'one', content: 'same' }) },
      { tar: layerOf({ name: 'two', ...link }) },
    ]);
    expect((await files.read('/two' as FilePath)).toString()).toBe('same');
    await expect(treeOf(layerOf({ name: 'two', ...link }))).rejects.toThrow('/two is a hard link to what is not there');
  });

  it('may be compressed in several frames, as images that are fetched in pieces are', async () => {
    const tar = layerOf({ name: 'a', content: 'first' }, { name: 'b', content: 'second' });
    const frames = [tar.subarray(0, 700), tar.subarray(700)].flatMap((part) => zstd(part).stored ?? []);
    // RFC 8878, 3.1.2: a frame to be skipped.
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const files = await open([{ tar, stored: Buffer.concat([...frames, skipped]) }]);
    expect((await files.read('/b' as FilePath)).toString()).toBe('second');
  });

  it('keep the last of a name that stands twice', async () => {
    const files = await open([{ tar: layerOf({ name: 'a', content: 'first' }, { name: 'a', content: 'second' }) }]);
    expect((await files.read('/a' as FilePath)).toString()).toBe('second');
  });
});

describe('what an image may not do', () => {
  const evil = (tar: Buffer, change: (header: Buffer) => void): Buffer => {
    change(tar);
    tar.fill(0x20, 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return tar;
  };
  it.each<[string, Buffer, string]>([
    ['a name outside', layerOf({ name: '../escape', content: 'x' }), 'outside of itself'],
    ['a file in a file', layerOf({ name: 'a', content: 'x' }, { name: 'a/b', content: 'y' }), 'no folder'],
    ['a name longer than any', layerOf({ name: `${'d/'.repeat(3000)}f` }), 'a name of'],
    [
      'a size beyond all files',
      evil(layerOf({ name: 'a' }), (header) => header.fill(0xff, 124, 136)),
      'no possible size',
    ],
    ['a size beyond the archive', layerOf({ name: 'a', size: 2 ** 40 }), 'in the middle of a member'],
    [
      'a header that is held in memory',
      evil(layerOf({ name: 'a', size: 2 ** 32 }), (header) => header.write('x', 156)),
      'a header of 4294967296 bytes',
    ],
    ['no tar', Buffer.alloc(2048, 'x'), 'not a tar archive'],
  ])('%s', async (_what, tar, message) => {
    const place = join(folder, `evil-${count++}`);
    writeLayout(place, [{ layers: [{ tar }] }]);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('reproman-image-'));
    await expect(from(`oci:${place}`)).rejects.toThrow(message);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('reproman-image-'))).toEqual(before);
  });

  it('have a layer that is not what its configuration names, or is cut', async () => {
    const tar = layerOf({ name: 'a', content: 'x' });
    await expect(open([{ tar, digest: '0'.repeat(64) }])).rejects.toThrow('not what the image names');
    await expect(open([{ tar, stored: gzipSync(tar).subarray(0, 60) }])).rejects.toThrow('cannot be read');
  });

  it('ask for a window that nobody needs', async () => {
    // RFC 8878: a frame of several segments with a window of 2 GiB.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, ...Array<number>(20).fill(0)]);
    await expect(open([{ tar: layerOf('a'), stored: frame }])).rejects.toThrow('a window that is too large');
  });

  it('name blobs outside of the layout', async () => {
    const place = join(folder, 'names');
    writeLayout(place, [{ layers: [] }]);
    const manifests = [{ digest: 'sha256:../../../etc/passwd', size: 1 }];
    writeFileSync(join(place, 'index.json'), JSON.stringify({ manifests }));
    await expect(from(`oci:${place}`)).rejects.toThrow('a SHA-256 digest');
  });
});

describe('names of images', () => {
  const image = (name: string, content = name): TestImage => ({
    name,
    layers: [{ tar: layerOf({ name: 'name', content }) }],
  });
  const nameIn = async (place: string) => (await (await from(place)).files.read('/name' as FilePath)).toString();

  it('choose one of several, and are asked for where there are several', async () => {
    const place = join(folder, 'several:1');
    writeLayout(place, [image('one'), image('two')]);
    expect(await nameIn(`oci:${place}:two`)).toBe('two');
    await expect(from(`oci:${place}`)).rejects.toThrow('the layout has several images');
    await expect(from(`oci:${place}:three`)).rejects.toMatchObject({ remedy: 'it has: one, two' });
    const file = join(folder, 'saved.tar');
    writeSaved(file, [image('lab/one:1'), image('two:latest')], true);
    expect(await nameIn(`docker-archive:${file}:lab/one:1`)).toBe('lab/one:1');
    expect(await nameIn(`docker-archive:${file}:two`)).toBe('two:latest');
    await expect(from(`docker-archive:${file}`)).rejects.toThrow('several images');
    await expect(from(`docker-archive:${file}:three`)).rejects.toThrow('no such image');
  });

  it('may be left out of what has one image, and of one for several platforms', async () => {
    const file = join(folder, 'one.tar');
    writeSaved(file, [image('one:1')]);
    expect(await nameIn(`docker-archive:${file}`)).toBe('one:1');
    const place = join(folder, 'platforms');
    const own = process.arch === 'x64' ? 'amd64' : process.arch;
    writeLayout(place, [
      { ...image('x', 'other'), platform: { os: 'linux', architecture: 's390x' } },
      { ...image('x', 'own'), platform: { os: 'linux', architecture: own } },
    ]);
    expect(await nameIn(`oci:${place}`)).toBe('own');
  });

  it.each([
    ['nothing', 'names no machine'],
    ['zip:x', 'names no machine'],
    ['dir:', 'names no machine'],
    ['ssh:-oProxyCommand=x', 'is no host'],
    ['ssh:user@-x', 'is no host'],
    ['oci:/nowhere', 'this is no image'],
    ['docker-archive:/nowhere', 'this is no image'],
  ])('%s', async (name, message) => {
    await expect(from(name)).rejects.toThrow(message);
  });
});
