import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeTrieFile } from '../../src/filesystem/trie/file.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import type { FilePath } from '../../src/model/file-path.js';
import { collectSources } from '../../src/sources/collect.js';
import { openSource, sourcesOf } from '../../src/sources/open.js';
import { takeSnapshot } from '../../src/sources/take-snapshot.js';
import { layerOf, writeLayout, writeSaved } from '../support/images.js';
import { needs } from '../support/needs.js';
import { sifOf } from '../support/sif.js';

const folder = mkdtempSync(join(tmpdir(), 'sources-'));
const at = (name: string) => join(folder, name);
const cache = process.env['XDG_CACHE_HOME'];
beforeAll(() => {
  process.env['XDG_CACHE_HOME'] = at('cache');
});
afterAll(() => {
  if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cache;
  rmSync(folder, { recursive: true });
});

async function entriesOf(text: string, options = {}): Promise<Map<string, PartialEntry>> {
  await using source = await openSource({ name: 'x', text }, { hash: true, ...options });
  const entries = new Map<string, PartialEntry>();
  for await (const batch of source.batches()) for (const entry of batch) entries.set(entry.path, entry);
  return entries;
}

/** What every kind tells alike. */
const told = (entries: Map<string, PartialEntry>) =>
  [...entries.values()]
    .map(({ path, type, mode, size, mtime, target, hash, sameAs }) => ({
      path,
      type,
      mode,
      size,
      mtime,
      target,
      hash,
      sameAs,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

describe('one tree', () => {
  beforeEach(needs({ programs: ['tar', 'zstd', 'xz'] }));
  const tree = at('tree');
  beforeAll(() => {
    mkdirSync(join(tree, 'etc'), { recursive: true });
    mkdirSync(join(tree, 'dev'));
    writeFileSync(join(tree, 'dev/mine'), 'no device');
    writeFileSync(join(tree, 'etc/os-release'), 'ID=test\nVERSION_ID="7"\n');
    writeFileSync(join(tree, 'nowhere'), 'here');
    writeFileSync(Buffer.from(`${tree}/odd\xff\n`, 'latin1'), 'odd');
    writeFileSync(join(tree, 'tool'), '#!/bin/sh\n');
    chmodSync(join(tree, 'tool'), 0o4711);
    linkSync(join(tree, 'tool'), join(tree, 'tool2'));
    symlinkSync('loop', join(tree, 'loop'));
    const tar = (...args: string[]) => execFileSync('tar', ['-C', tree, '--sort=name', '--format=pax', ...args, '.']);
    tar('-cf', at('tree.tar'));
    tar('--xz', '-cf', at('tree.tar.xz'));
    tar('--zstd', '-cf', at('tree.tar.zst'));
    writeFileSync(at('tree.tgz'), gzipSync(readFileSync(at('tree.tar'))));
    const layers = [{ tar: readFileSync(at('tree.tar')) }];
    writeLayout(at('layout'), [{ layers }]);
    execFileSync('tar', ['-C', at('layout'), '-cf', at('layout.tar'), '.']);
    writeSaved(at('saved.tar'), [
      {
        name: 'one:1',
        layers: [{ ...(layers[0] as { tar: Buffer }), stored: gzipSync(readFileSync(at('tree.tar'))) }],
      },
    ]);
  });

  it.each([
    ['a tar', 'tree.tar'],
    ['a tar of gzip', 'tree.tgz'],
    ['a tar of zstd', 'tar:tree.tar.zst'],
    ['a tar of xz', 'tree.tar.xz'],
    ['a layout', 'layout'],
    ['a layout in a tar', 'oci:layout.tar'],
    ['an image archive', 'docker-archive:saved.tar'],
  ])('is the same in %s as on disk', async (_what, name) => {
    const text = name.replace(/^([\w-]+:)?/, (kind) => `${kind}${folder}/`);
    expect(told(await entriesOf(text))).toEqual(told(await entriesOf(`dir:${tree}`)));
    await using source = await openSource({ name: 'x', text }, { hash: true });
    for await (const _ of source.batches());
    expect((await source.facts()).system).toEqual({ ID: 'test', VERSION_ID: '7' });
    const content = await source.content?.('/tool2' as FilePath);
    expect(Buffer.concat((await content?.toArray()) ?? []).toString()).toBe('#!/bin/sh\n');
  });

  it('is written to a file and read again, as a whole or as lines', async () => {
    const summary = await takeSnapshot({ name: 'now', text: `dir:${tree}` }, { hash: true, output: at('now.trie') });
    expect(summary.entries).toEqual({ directory: 3, file: 6, symlink: 1 });
    expect(summary.treeDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(told(await entriesOf(at('now.trie')))).toEqual(told(await entriesOf(tree)));
    await takeSnapshot({ name: 'now', text: tree }, { hash: true, output: at('now.gz'), format: 'jsonl' });
    const lines = (entries: Map<string, PartialEntry>) =>
      told(entries).map((entry) => ({ ...entry, sameAs: undefined }));
    expect(lines(await entriesOf(at('now.gz')))).toEqual(lines(await entriesOf(tree)));
    const { facts } = await collectSources(sourcesOf([`a=${at('now.trie')}`]), { hash: true });
    expect(facts.get('a')?.system).toMatchObject({ ID: 'test' });
  });

  it('is read again only where a file was changed', async () => {
    const file = join(tree, 'changing');
    writeFileSync(file, 'one');
    const first = (await entriesOf(tree)).get('/changing')?.hash;
    writeFileSync(file, 'two');
    expect((await entriesOf(tree)).get('/changing')?.hash).not.toBe(first);
    rmSync(file);
  });
});

it('snapshots one filesystem, and names those of a file of several', async () => {
  const trie = new FilesystemTrie();
  for (const tag of ['one', 'several']) trie.insert({ path: '/a' as FilePath, type: 'file', size: 1 }, tag);
  await writeTrieFile(at('several.trie'), trie, new Map());
  const taken = takeSnapshot({ name: 'several', text: at('several.trie') }, { hash: true, output: at('again.trie') });
  await expect(taken).rejects.toMatchObject({
    message: expect.stringMatching(/has 2 snapshots/),
    remedy: expect.stringMatching(/#TAG: one, several$/),
  });
  expect(existsSync(at('again.trie'))).toBe(false);
  const one = await takeSnapshot({ name: 'x', text: `${at('several.trie')}#one` }, { hash: true });
  expect(one.entries).toEqual({ file: 1 });
  const { trie: all } = await collectSources(sourcesOf([at('several.trie')]), { hash: true });
  expect(all.tags).toEqual(['one', 'several']);
});

describe('layers', () => {
  it('hide what is below, and come one by one where that is asked', async () => {
    const below = layerOf('a/', { name: 'a/gone', content: '1' }, { name: 'a/nowhere', content: '2' }, 'b/', {
      name: 'b/x',
      content: '3',
    });
    const above = layerOf(
      'a/.wh.gone',
      'b/.wh..wh..opq',
      { name: 'b/y', content: '4' },
      { name: 'z', type: 'hardlink', target: 'a/nowhere' },
    );
    writeLayout(at('layers'), [{ layers: [{ tar: below }, { tar: above }] }]);
    const entries = await entriesOf(at('layers'));
    expect([...entries.keys()]).toEqual(['/', '/a', '/a/nowhere', '/b', '/b/y', '/z']);
    expect(entries.get('/z')).toMatchObject({ sameAs: '/a/nowhere', hash: entries.get('/a/nowhere')?.hash });
    await using source = await openSource({ name: 'x', text: at('layers') }, { hash: true });
    const layers = [];
    for await (const layer of source.layers?.() ?? []) layers.push(layer);
    expect(layers.map(({ digest }) => digest)).toEqual((await source.facts()).image?.layers);
    expect(layers[1]).toMatchObject({ hidden: ['/a/gone'], emptied: ['/b'] });
    // What is known of them is not read again.
    rmSync(join(at('layers'), 'blobs/sha256', layers[0]?.digest.slice(7) ?? ''));
    writeFileSync(join(at('layers'), 'blobs/sha256', layers[0]?.digest.slice(7) ?? ''), '');
    expect([...(await entriesOf(at('layers'))).keys()]).toEqual([...entries.keys()]);
  });
});

it('reads a SIF by its content, with what its container says of itself', async () => {
  const system = readFileSync(fileURLToPath(new URL('../fixtures/squashfs/zstd.sqfs', import.meta.url)));
  writeFileSync(at('one.sif'), sifOf(system, 'Bootstrap: scratch\n'));
  await using source = await openSource({ name: 'x', text: at('one.sif') }, { hash: true });
  expect(await source.facts()).toEqual({
    system: { ID: 'test', VERSION_ID: '1' },
    recipe: 'Bootstrap: scratch\n',
    image: { layers: [], labels: { 'org.label': 'one' } },
    environment: { LANG: 'C.UTF-8' },
  });
  expect((await entriesOf(`sif:${at('one.sif')}`)).get('/usr/bin/tool2')?.sameAs).toBe('/usr/bin/tool');
});

describe('what cannot be read says so, and where', () => {
  it.each<[string, string, Buffer | undefined, RegExp]>([
    [
      'a tar that is cut',
      'cut.tar',
      layerOf({ name: 'a', content: 'x' }, { name: 'b', content: 'y'.repeat(2000) }).subarray(0, 2100),
      /middle of a member.*member 2, \/b/,
    ],
    [
      'a tar with a damaged header',
      'bad.tar',
      Buffer.concat([layerOf({ name: 'a', content: 'x' }).subarray(0, 1024), Buffer.alloc(512, 'z')]),
      /damaged.*member 1, \/a/,
    ],
    [
      'a link to nothing',
      'link.tar',
      layerOf({ name: 'l', type: 'hardlink', target: 'gone' }),
      /\/l is a hard link to \/gone/,
    ],
    [
      'a cut gzip',
      'cut.tgz',
      gzipSync(layerOf({ name: 'a', content: 'x'.repeat(9000) })).subarray(0, 60),
      /cannot be read/,
    ],
    ['a page', 'page.json', Buffer.from('<html>'), /it is a page/],
    ['nothing of that name', 'missing', undefined, /is no file/],
    ['a snapshot that is cut', 'cut.trie', Buffer.from('reproman trie\n'), /./],
  ])('%s', async (_what, name, content, message) => {
    if (content) writeFileSync(at(name), content);
    expect(existsSync(at(name))).toBe(content !== undefined);
    await expect(
      entriesOf(name.endsWith('.tar') || name.endsWith('.tgz') ? `tar:${at(name)}` : at(name)),
    ).rejects.toThrow(message);
  });

  it.each(['Missing.tar', 'podman:x', 'user@host'])('%s: neither a file nor the name of a resource', async (text) => {
    await expect(entriesOf(text)).rejects.toMatchObject({
      message: `${JSON.stringify(text)} is no file, and no resource has that name`,
      remedy: expect.stringContaining('dir:'),
    });
  });
});
